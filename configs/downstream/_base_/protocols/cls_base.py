# Shared by all classification protocols: a linear head on the CLS token of the last block, and its test.
# A task's config adds `train_set`, `test_set` and `num_classes` of its dataset base.
_base_ = '../mmpretrain.py'

model = dict(
    type='ImageClassifier',
    backbone=dict(type='singer_mm.TimmViT', frozen=True, out_type='cls_token', out_indices=[-1], img_size=224),
    head=dict(type='LinearClsHead', in_channels='backbone.out_channels', loss=dict(type='CrossEntropyLoss')),
    data_preprocessor=dict(type='ClsDataPreprocessor', mean='backbone.mean', std='backbone.std', to_rgb=True),
)

# Bicubic with antialiasing (Pillow), as in the evaluation of timm and DINOv2.
test_pipeline = [
    dict(type='singer_mm.LoadUprightImage'),
    dict(type='ResizeEdge', scale=256, edge='short', backend='pillow', interpolation='bicubic'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
test_dataloader = dict(
    batch_size=128,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline),
)
test_cfg = dict()
test_evaluator = [
    dict(type='Accuracy', topk=(1, 5)),
    dict(type='singer_mm.MeanPerClassAccuracy'),
    dict(type='singer_mm.PredictionRecorder'),
]
