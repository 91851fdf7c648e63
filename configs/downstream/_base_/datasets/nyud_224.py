# NYU Depth v2 at 224x224: the whole image is squashed.
_base_ = 'nyud.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    # After the resize, so that depth keeps its size.
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
train_set = dict(pipeline=train_pipeline)
test_set = dict(pipeline=test_pipeline)
