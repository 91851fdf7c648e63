# NYU Depth v2, 480x640: the 24,231 training frames of BTS's list, and 654 test frames. Depth is in millimetres; 0 means
# that there is none. The labelled set (795 and 654 frames, with filled-in depth) is in folders *_labelled beside them.
train_set = dict(
    type='singer_mm.NYUDepth',
    data_root='data/nyu',
    data_prefix=dict(img_path='images/train', depth_map_path='annotations/train'),
)
# linear_standard_*.py hold out images of the training set, and read them with the test pipeline.
held_out_set = dict(train_set)
test_set = dict(
    type='singer_mm.NYUDepth',
    data_root='data/nyu',
    data_prefix=dict(img_path='images/test', depth_map_path='annotations/test'),
    test_mode=True,
)
meta_keys = ('img_path', 'depth_map_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
# Each image is measured alone, on the pixels with depth inside the Eigen crop (rows 45 to 470, columns 41 to 600 of
# 480x640); the result is the mean over images.
depth_metric = dict(
    type='singer_mm.DepthMetricPerImage', min_depth_eval=0.001, max_depth_eval=10.0, crop_type='nyu_crop'
)
test_evaluator = [depth_metric, dict(type='singer_mm.PredictionRecorder')]
