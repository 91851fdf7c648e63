# ADE20K at 224x224. Images and training masks are squashed: the aspect ratio is lost, as in the released code.
_base_ = 'ade20k.py'

train_pipeline = [
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
