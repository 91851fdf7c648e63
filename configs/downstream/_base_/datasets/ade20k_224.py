# ADE20K at 224x224. Images and training masks are squashed: the aspect ratio is lost, as in the released code, whose
# crop of 70 to 100 % of the area and whose flip augment the training images.
_base_ = 'ade20k.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='singer_mm.AreaCrop', size=224, scale=(0.7, 1.0)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
# What a feature cache trains on: no augmentation.
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
    # After the resize, so that masks keep their size.
    dict(type='singer_mm.LoadLabelMap'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
train_set = dict(pipeline=train_pipeline)
test_set = dict(pipeline=test_pipeline)
