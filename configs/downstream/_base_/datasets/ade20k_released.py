# ADE20K at 224x224 as in mdistiller/dataset/ade20k.py of the authors' code (caf50ec), with its mean and standard
# deviation of ADE20K. Its test code shifts the arguments by one place, so it subtracts the standard deviation.
_base_ = 'ade20k.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='singer_mm.AreaCrop', size=224, scale=(0.7, 1.0)),
    dict(type='RandomFlip', prob=0.5),
    dict(
        type='Normalize',
        mean=[124.68750045, 118.6980975, 109.497],
        std=[58.29750075, 58.5172596, 61.33940085],
        to_rgb=True,
    ),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    # Resized in two steps, without antialiasing.
    dict(type='ResizeShortestEdge', scale=224, max_size=100_000),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='singer_mm.AdoptSize'),
    dict(
        type='Normalize',
        mean=[58.29750075, 58.5172596, 61.33940085],
        std=[58.29750075, 58.5172596, 61.33940085],
        to_rgb=True,
    ),
    dict(type='PackSegInputs'),
]
train_set = dict(pipeline=train_pipeline)
test_set = dict(pipeline=test_pipeline)
