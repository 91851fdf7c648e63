# ADE20K in crops of 224 px; the steps are those of ../../downstream/_base_/datasets/ade20k_512.py.
mini_train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='RandomResize', scale=(896, 224), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(224, 224), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
mini_test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(896, 224), keep_ratio=True),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
