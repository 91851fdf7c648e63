# NYU Depth v2 at its original size. The border of training images, which has no depth, is removed (NYUCrop of DINOv2
# and DINOv3: rows 45 to 471, columns 43 to 607). Crops of 416x544 follow a rotation by up to 2.5 degrees and a flip.
_base_ = 'nyud.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='Resize', scale=(640, 480), keep_ratio=False),
    dict(type='singer_mm.FixedCrop', box=(43, 45, 608, 472)),
    dict(type='RandomRotate', prob=0.5, degree=2.5, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(416, 544)),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(640, 480), keep_ratio=False),
    # Depth is loaded after the resize, so it keeps its original size.
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
train_set = dict(pipeline=train_pipeline)
held_out_set = dict(pipeline=test_pipeline)
test_set = dict(pipeline=test_pipeline)
