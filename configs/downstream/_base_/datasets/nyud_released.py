# NYU Depth v2 as in the authors' code (caf50ec: mdistiller/dataset/nyud_v2.py, crop_resize of tools/lineval/nyud.py):
# the central square of the 795 and 654 labelled frames with filled-in depth; in training a random crop of 80 % of its
# side and a flip; everything is resized to 224x224. Two channels of the mean are not ImageNet's. The test code shifts
# the arguments by one place, so it subtracts the standard deviation.
_base_ = 'nyud.py'

train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='singer_mm.SquareDepthCrop', size=224, share=0.8),
    dict(type='Normalize', mean=[123.675, 108.375, 98.175], std=[58.395, 57.12, 57.375], to_rgb=True),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='singer_mm.SquareDepthCrop', size=224),
    dict(type='Normalize', mean=[58.395, 57.12, 57.375], std=[58.395, 57.12, 57.375], to_rgb=True),
    dict(type='PackSegInputs', meta_keys={{_base_.meta_keys}}),
]
train_set = dict(
    data_prefix=dict(img_path='images/train_labelled', depth_map_path='annotations/train_labelled'),
    pipeline=train_pipeline,
)
test_set = dict(
    data_prefix=dict(img_path='images/test_labelled', depth_map_path='annotations/test_labelled'),
    pipeline=test_pipeline,
)
depth_metric = dict(_delete_=True, type='singer_mm.PooledDepthMetric', max_depth=10.0)
