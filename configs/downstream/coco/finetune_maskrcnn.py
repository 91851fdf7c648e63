# ViTDet (https://arxiv.org/abs/2203.16527, appendix A.2; ViT-B): the whole detector is fine-tuned for 100 epochs on
# images of 1024 pixels with large-scale jitter, attention within windows of 14 patches except in 4 blocks; total batch
# 64. For ViT-L: layer_decay_rate=0.8, drop_path_rate=0.4. Relative position biases, which ViTDet adds to its attention,
# are left out: a public port measured 51.2 instead of 51.6 box AP without them (ViT-B).
_base_ = '../_base_/protocols/maskrcnn.py'

protocol = 'finetune_maskrcnn'
layer_norm = dict(type='mmpretrain.LN2d', eps=1e-6)
model = dict(
    backbone=dict(type='singer_mm.WindowedViT', window_size=14, num_global_blocks=4, drop_path_rate=0.1),
    rpn_head=dict(num_convs=2),
    roi_head=dict(
        bbox_head=dict(type='Shared4Conv1FCBBoxHead', conv_out_channels=256, norm_cfg=layer_norm),
        mask_head=dict(norm_cfg=layer_norm),
    ),
)

image_size = (1024, 1024)
train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomResize', scale=image_size, ratio_range=(0.1, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_type='absolute', crop_size=image_size, recompute_bbox=True, allow_negative_crop=True),
    dict(type='FilterAnnotations', min_gt_bbox_wh=(1e-2, 1e-2)),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=image_size, keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# Published: 184,375 iterations, lr / 10 after 163,889 (88.9 epochs) and 177,546 (96.3). Here an epoch has
# 117,266 images / 64 = 1,832 iterations: 183,200 in all.
total_batch_size = 64
max_batch_per_gpu = 8
train_cfg = dict(max_epochs=100)
optim_wrapper = dict(
    constructor='singer_mm.LayerDecayConstructor',
    paramwise_cfg=dict(layer_decay_rate=0.7, custom_keys={'.pos_embed': dict(decay_mult=0.0)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=250),
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=100, milestones=[89, 96], gamma=0.1),
]
auto_scale_lr = dict(base_batch_size=64)
