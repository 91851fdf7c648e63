# NYU Depth v2: the 24,231 training frames of BTS's list, 654 for testing; 480x640; depth in millimetres, 0 where
# there is none.
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(
        type='singer_mm.SeededDataset',
        dataset=dict(
            type='NYUDataset',
            data_root='data/nyu',
            data_prefix=dict(img_path='images/train', depth_map_path='annotations/train'),
        ),
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='NYUDataset',
        data_root='data/nyu',
        data_prefix=dict(img_path='images/test', depth_map_path='annotations/test'),
        test_mode=True,
    ),
)
# Eigen crop (rows 45 to 470, columns 41 to 600 of 480x640), pixels with depth, for each image by itself, then the
# mean.
test_evaluator = [
    dict(type='singer_mm.DepthMetricPerImage', min_depth_eval=0.001, max_depth_eval=10.0, crop_type='nyu_crop'),
    dict(type='singer_mm.PredictionRecorder'),
]
test_cfg = dict(type='TestLoop')
