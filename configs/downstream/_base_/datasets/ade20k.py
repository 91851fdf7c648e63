# ADE20K (SceneParsing): 20,210 images for training, 2,000 for validation, which are the test set here; 150 classes.
# In the masks 0 is "everything else" and is ignored (255 after loading), 1 to 150 become 0 to 149.
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(
        type='singer_mm.SeededDataset',
        dataset=dict(
            type='ADE20KDataset',
            data_root='data/ade/ADEChallengeData2016',
            data_prefix=dict(img_path='images/training', seg_map_path='annotations/training'),
        ),
    ),
)
# One image at a time: images differ in size.
test_dataloader = dict(
    batch_size=1,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ADE20KDataset',
        data_root='data/ade/ADEChallengeData2016',
        data_prefix=dict(img_path='images/validation', seg_map_path='annotations/validation'),
    ),
)
# Intersections and unions are summed over all images before they are divided; labels at their original size.
test_evaluator = [dict(type='IoUMetric', iou_metrics=['mIoU']), dict(type='singer_mm.PredictionRecorder')]
test_cfg = dict(type='TestLoop')
