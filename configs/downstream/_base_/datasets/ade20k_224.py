# ADE20K at 224x224. Images and training masks are resized without keeping the aspect ratio, and training images get a
# crop of 70 to 100 % of the area and a flip, all as in the released code.
_base_ = 'ade20k.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='singer_mm.AreaCrop', size=224, scale=(0.7, 1.0)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
# The pipeline of the feature cache: no augmentation.
plain_train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    # Masks are loaded after the resize, so they keep their original size.
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
train_set = dict(pipeline=train_pipeline)
test_set = dict(pipeline=test_pipeline)
