# NYU Depth v2 at half its size; the steps are those of ../../downstream/_base_/datasets/nyud_480x640.py.
mini_meta_keys = ('img_path', 'depth_map_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
mini_train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='Resize', scale=(320, 240), keep_ratio=False),
    dict(type='singer_mm.FixedCrop', box=(22, 23, 304, 236)),
    dict(type='RandomRotate', prob=0.5, degree=2.5, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(208, 272)),
    dict(type='PackSegInputs', meta_keys=mini_meta_keys),
]
mini_test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(320, 240), keep_ratio=False),
    dict(type='singer_mm.LoadDepthMap', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys=mini_meta_keys),
]
