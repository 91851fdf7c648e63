# NYU Depth v2 at 224x224, without keeping the aspect ratio. Training uses the 795 labelled frames with filled-in depth,
# a random crop of 80 % of each side, and a flip. The released code does the same with the central square.
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
# The pipeline of the feature cache: no augmentation.
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
    # Depth is loaded after the resize, so it keeps its original size.
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
train_set = dict(
    data_prefix=dict(img_path='images/train_labelled', depth_map_path='annotations/train_labelled'),
    pipeline=train_pipeline,
)
test_set = dict(pipeline=test_pipeline)
