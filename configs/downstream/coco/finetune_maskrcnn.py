# ViTDet (https://arxiv.org/abs/2203.16527, appendix A.2; ViT-B): the whole detector is fine-tuned for 100 epochs on
# images of 1024 pixels with large-scale jitter, attention within windows of 14 patches but for 4 blocks.
# 8 GPUs x 8 images = 64. For ViT-L: layer_decay_rate=0.8, drop_path_rate=0.4.
_base_ = [
    'mmdet::_base_/models/mask-rcnn_r50_fpn.py',
    '../_base_/mmdet.py',
    '../_base_/datasets/coco.py',
]
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.models.necks',
        'singer_mm.models.backbones.windowed_vit',
        'singer_mm.engine.optim.layer_decay_constructor',
        'singer_mm.evaluation.metrics.coco_metric_with_zeros',
    ],
    allow_failed_imports=False,
)

layer_norm = dict(type='mmpretrain.LN2d', eps=1e-6)
model = dict(
    data_preprocessor=dict(mean='backbone.mean', std='backbone.std', pad_size_divisor='backbone.patch_size'),
    backbone=dict(
        _delete_=True,
        type='singer_mm.WindowedViT',
        window_size=14,
        num_global_blocks=4,
        out_type='feat_map',
        out_indices=[-1],
        # Not in ViTDet, whose pyramid takes the last map as it is; but ViTs differ in the scale of theirs.
        final_norm=True,
        dynamic_img_size=True,
        drop_path_rate=0.1,
    ),
    neck=dict(
        _delete_=True,
        type='singer_mm.SimpleFeaturePyramid',
        in_channels='backbone.out_channels',
        patch_size='backbone.patch_size',
        out_channels=256,
        num_outs=5,
    ),
    rpn_head=dict(num_convs=2),
    roi_head=dict(
        bbox_head=dict(type='Shared4Conv1FCBBoxHead', conv_out_channels=256, norm_cfg=layer_norm),
        mask_head=dict(norm_cfg=layer_norm),
    ),
)

image_size = (1024, 1024)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomResize', scale=image_size, ratio_range=(0.1, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_type='absolute', crop_size=image_size, recompute_bbox=True, allow_negative_crop=True),
    dict(type='FilterAnnotations', min_gt_bbox_wh=(1e-2, 1e-2)),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=image_size, keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
train_dataloader = dict(batch_size=8, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# Published: 184,375 iterations, lr / 10 after 163,889 (88.9 epochs) and 177,546 (96.3). Here an epoch has
# 117,266 images / 64 = 1,832 iterations: 183,200 in all.
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=100)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.1),
    constructor='singer_mm.LayerDecayConstructor',
    paramwise_cfg=dict(
        layer_decay_rate=0.7,
        norm_decay_mult=0.0,
        custom_keys={'.pos_embed': dict(decay_mult=0.0)},
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=250),
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=100, milestones=[89, 96], gamma=0.1),
]
auto_scale_lr = dict(base_batch_size=64)

# On the miniature dataset, 104 images of about 320 x 240 pixels. The heads of ViTDet cost about 8 s per image on a CPU
# core: this is for a GPU.
mini = dict(
    train_dataloader=dict(
        batch_size=4,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(dataset=dict(pipeline={'3': dict(scale=(320, 320)), '4': dict(crop_size=(320, 320))})),
    ),
    test_dataloader=dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline={'1': dict(scale=(320, 320))})),
    train_cfg=dict(max_epochs=20),
    param_scheduler={'0': dict(end=24), '1': dict(end=20, milestones=[16, 18])},
)
