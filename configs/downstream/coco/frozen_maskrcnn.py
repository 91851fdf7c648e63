# Mask R-CNN on a frozen backbone, to measure what its last map contains about objects. ViTDet's simple feature pyramid
# and MMDetection's heads are trained for 12 epochs, the length of its 1x schedule, with AdamW. No published number uses
# this protocol.
_base_ = '../_base_/protocols/maskrcnn.py'

protocol = 'frozen_maskrcnn'
model = dict(backbone=dict(type='singer_mm.TimmViT', frozen=True))

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
# No Pad here, because mask pasting fails for a box inside the padding. The data preprocessor pads.
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# 117,266 images / 16 = 7,329 iterations per epoch, 87,948 in all.
total_batch_size = 16
max_batch_per_gpu = 2
train_cfg = dict(max_epochs=12)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=12, T_max=12, convert_to_iter_based=True),
]
auto_scale_lr = dict(base_batch_size=16)
