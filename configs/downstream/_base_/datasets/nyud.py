# NYU Depth v2: the 24,231 training frames of BTS's list, 654 for testing; 480x640; depth in millimetres, 0 where
# there is none. The labelled set (795 and 654 frames, depth filled in) lies beside them in folders *_labelled.
train_set = dict(
    type='singer_mm.NYUDepth',
    data_root='data/nyu',
    data_prefix=dict(img_path='images/train', depth_map_path='annotations/train'),
)
# The images that linear_standard_*.py hold out come from the training set; their pipeline is that of the test.
held_out_set = dict(train_set)
test_set = dict(
    type='singer_mm.NYUDepth',
    data_root='data/nyu',
    data_prefix=dict(img_path='images/test', depth_map_path='annotations/test'),
    test_mode=True,
)
meta_keys = ('img_path', 'depth_map_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
# Eigen crop (rows 45 to 470, columns 41 to 600 of 480x640), pixels with depth, for each image by itself, then the
# mean.
depth_metric = dict(
    type='singer_mm.DepthMetricPerImage', min_depth_eval=0.001, max_depth_eval=10.0, crop_type='nyu_crop'
)
test_evaluator = [depth_metric, dict(type='singer_mm.PredictionRecorder')]
