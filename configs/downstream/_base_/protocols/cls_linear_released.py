# Linear evaluation as in the authors' code (AIRLABkhu/SiNGER, caf50ec: tools/lineval/{imagenet,transfer}.py,
# mdistiller/dataset/), only for comparison with the published Table 1. Head, optimizer, schedule and resizing are those
# of cls_linear_paper.py, because the paper's text does not define them. Differences:
# - images are normalised by ImageNet's mean and standard deviation, whatever the backbone was trained with;
# - every epoch is tested on the test set, and the best one is reported (README: `lineval_tag='best'`);
# - training images are always augmented, so features cannot be cached;
# - splits: see the config of each task.
# Not reproduced: their code counts twice the samples that pad the last batch of a rank, uses the same image order in
# every epoch, and keeps the last, smaller batch.
_base_ = 'cls_linear_paper.py'

protocol = 'linear_released'
# These statistics apply even if a student file has others.
protocol_statistics = True
model = dict(
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
)
cache_pipeline = None
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(type='singer_mm.BestEpochHook', evaluator=dict(type='singer_mm.TopOneAccuracy'), key='accuracy/top1'),
]
