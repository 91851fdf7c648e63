# ADE20K (SceneParsing), 150 classes: 20,210 training images; the 2,000 validation images are the test set here.
# In the masks, 0 means "everything else" and is ignored (255 after loading); 1 to 150 become 0 to 149.
train_set = dict(
    type='singer_mm.ADE20K',
    data_root='data/ade/ADEChallengeData2016',
    data_prefix=dict(img_path='images/training', seg_map_path='annotations/training'),
)
# linear_standard.py holds out images of the training set, and reads them with the test pipeline.
held_out_set = dict(train_set)
test_set = dict(
    type='singer_mm.ADE20K',
    data_root='data/ade/ADEChallengeData2016',
    data_prefix=dict(img_path='images/validation', seg_map_path='annotations/validation'),
)
# Intersections and unions are summed over all images before the division; labels have their original size.
test_evaluator = [dict(type='IoUMetric', iou_metrics=['mIoU']), dict(type='singer_mm.PredictionRecorder')]
