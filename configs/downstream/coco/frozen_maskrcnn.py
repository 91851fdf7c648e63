# Mask R-CNN on a frozen backbone: what its last map knows of objects. ViTDet's simple feature pyramid and MMDetection's
# heads are trained for 12 epochs, the length of its 1x schedule, by AdamW. No published number is made this way.
# 8 GPUs x 2 images = 16.
_base_ = [
    'mmdet::_base_/models/mask-rcnn_r50_fpn.py',
    '../_base_/mmdet.py',
    '../_base_/datasets/coco.py',
]
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.models.necks',
        'singer_mm.evaluation.metrics.coco_metric_with_zeros',
    ],
    allow_failed_imports=False,
)

model = dict(
    data_preprocessor=dict(mean='backbone.mean', std='backbone.std', pad_size_divisor='backbone.patch_size'),
    backbone=dict(
        _delete_=True,
        type='singer_mm.TimmViT',
        frozen=True,
        out_type='feat_map',
        out_indices=[-1],
        final_norm=True,
        dynamic_img_size=True,
    ),
    neck=dict(
        _delete_=True,
        type='singer_mm.SimpleFeaturePyramid',
        in_channels='backbone.out_channels',
        patch_size='backbone.patch_size',
        out_channels=256,
        num_outs=5,
    ),
)

# 117,266 images / 16 = 7,329 iterations per epoch, 87,948 in all.
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=12)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.1),
    paramwise_cfg=dict(norm_decay_mult=0.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=12, T_max=12, convert_to_iter_based=True),
]
auto_scale_lr = dict(base_batch_size=16)

# On the miniature dataset, 104 images of about 320 x 240 pixels, 100 of them with objects: 250 iterations. A pyramid
# has to learn its enlargement first, which takes longer than that (measured: box AP50 0.03, without it 0.68). So RPN
# and heads read the one map that the backbone has, after a projection, as those on a C4 map in the Mask R-CNN paper,
# also in that they learn from 64 regions per image; and they are slim, for two CPU cores.
mini = dict(
    model=dict(
        neck=dict(
            _delete_=True,
            type='ChannelMapper',
            in_channels=['backbone.out_channels'],
            out_channels=256,
            kernel_size=1,
            norm_cfg=dict(type='mmpretrain.LN2d', eps=1e-6),
            act_cfg=None,
        ),
        rpn_head=dict(
            # The sizes of a pyramid, 32 to 512 pixels, at every cell and centred on it.
            anchor_generator=dict(
                scales=[2, 4, 8, 16, 32], base_sizes=[16], strides=['backbone.patch_size'], center_offset=0.5
            ),
        ),
        roi_head=dict(
            bbox_roi_extractor=dict(featmap_strides=['backbone.patch_size']),
            bbox_head=dict(fc_out_channels=512, reg_class_agnostic=True),
            mask_roi_extractor=dict(featmap_strides=['backbone.patch_size']),
            mask_head=dict(conv_out_channels=128, num_convs=2),
        ),
        train_cfg=dict(rcnn=dict(sampler=dict(num=64))),
    ),
    train_dataloader=dict(
        batch_size=2,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(dataset=dict(pipeline={'2': dict(scale=(224, 168))})),
    ),
    test_dataloader=dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline={'1': dict(scale=(224, 168))})),
    train_cfg=dict(max_epochs=5),
    optim_wrapper=dict(optimizer=dict(lr=3e-4)),
    param_scheduler={'0': dict(end=25), '1': dict(end=5, T_max=5)},
)
