# ADE20K (SceneParsing): 20,210 images for training, 2,000 for validation, which are the test set here; 150 classes.
# In the masks 0 is "everything else" and is ignored (255 after loading), 1 to 150 become 0 to 149.
train_set = dict(
    type='singer_mm.ADE20K',
    data_root='data/ade/ADEChallengeData2016',
    data_prefix=dict(img_path='images/training', seg_map_path='annotations/training'),
)
# The images that linear_standard.py holds out come from the training set; their pipeline is that of the test.
held_out_set = dict(train_set)
test_set = dict(
    type='singer_mm.ADE20K',
    data_root='data/ade/ADEChallengeData2016',
    data_prefix=dict(img_path='images/validation', seg_map_path='annotations/validation'),
)
# Intersections and unions are summed over all images before they are divided; labels at their original size.
test_evaluator = [dict(type='IoUMetric', iou_metrics=['mIoU']), dict(type='singer_mm.PredictionRecorder')]
