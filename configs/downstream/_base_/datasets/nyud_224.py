# NYU Depth v2 at 224x224: the whole image is squashed. Training takes the 795 labelled frames, whose depth is filled
# in, a random part of 80 % of each side, and a flip, as the released code does of the central square.
_base_ = 'nyud.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='RandomCrop', crop_size=(384, 512)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
# What a feature cache trains on: no augmentation.
plain_train_pipeline = [
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
train_set = dict(
    data_prefix=dict(img_path='images/train_labelled', depth_map_path='annotations/train_labelled'),
    pipeline=train_pipeline,
)
test_set = dict(pipeline=test_pipeline)
