# 104 images of about 320 x 240 pixels. ViTDet's heads take about 8 s per image on a CPU core, so use a GPU.
_base_ = '../../downstream/coco/finetune_maskrcnn.py'

data_folder = 'data/mini'
train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomResize', scale=(320, 320), ratio_range=(0.1, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_type='absolute', crop_size=(320, 320), recompute_bbox=True, allow_negative_crop=True),
    dict(type='FilterAnnotations', min_gt_bbox_wh=(1e-2, 1e-2)),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(320, 320), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
total_batch_size = 4
max_batch_per_gpu = None
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(num_workers=0, dataset=dict(pipeline=test_pipeline))
train_cfg = dict(max_epochs=20)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=24),
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=20, milestones=[16, 18], gamma=0.1),
]
