# COCO 2017: 118,287 images for training (117,266 of them with objects), 5,000 for testing, 80 classes.
_base_ = '../training.py'

train_dataloader = dict(
    num_workers=4,
    # Our sampler is used: MMDetection's AspectRatioBatchSampler saves padding, but cannot resume inside an epoch.
    dataset=dict(
        dataset=dict(
            type='CocoDataset',
            data_root='data/coco/',
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
            filter_cfg=dict(filter_empty_gt=True, min_size=32),
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
