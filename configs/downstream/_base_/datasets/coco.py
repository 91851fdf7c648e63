# COCO 2017: 118,287 images for training (117,266 of them with objects), 5,000 for testing, 80 classes.
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
# No Pad here: a box inside its band would make the pasting of masks fail. The data preprocessor pads.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]

train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    # MMDetection's AspectRatioBatchSampler, which saves padding, cannot be resumed inside an epoch.
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(
        type='singer_mm.SeededDataset',
        dataset=dict(
            type='CocoDataset',
            data_root='data/coco/',
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
            filter_cfg=dict(filter_empty_gt=True, min_size=32),
            pipeline=train_pipeline,
        ),
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CocoDataset',
        data_root='data/coco/',
        ann_file='annotations/instances_val2017.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_evaluator = [
    dict(
        type='singer_mm.CocoMetricWithZeros',
        ann_file='data/coco/annotations/instances_val2017.json',
        metric=['bbox', 'segm'],
    ),
    dict(type='singer_mm.PredictionRecorder'),
]
test_cfg = dict()
