# ADE20K in crops of 512 px from images scaled by 0.5 to 2, with flips and photometric distortion. Test images have a
# shorter edge of 512 px.
_base_ = 'ade20k.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(2048, 512), keep_ratio=True),
    # Masks are loaded after the resize, so they keep their original size.
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
train_set = dict(pipeline=train_pipeline)
held_out_set = dict(pipeline=test_pipeline)
test_set = dict(pipeline=test_pipeline)
