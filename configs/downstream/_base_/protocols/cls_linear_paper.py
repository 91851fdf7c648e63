# Linear evaluation as in SiNGER's Table 1: one linear layer on the CLS token of the last block, before the final norm;
# SGD without momentum, cosine to 1e-8 that is updated in each iteration, total batch 64.
# The paper trains 150 epochs on ImageNet-1K and gives no number for the other datasets; here they use the same.
_base_ = ['cls_base.py', '../training.py']

protocol = 'linear_paper'
model = dict(backbone=dict(final_norm=False))

total_batch_size = 64
train_pipeline = [
    dict(type='singer_mm.LoadUprightImage'),
    dict(type='RandomResizedCrop', scale=224, backend='pillow', interpolation='bilinear'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=train_pipeline)))
# Bilinear, as in the authors' code (cls_linear_released.py inherits it); the other cls_* protocols use bicubic.
test_pipeline = [
    dict(type='singer_mm.LoadUprightImage'),
    dict(type='ResizeEdge', scale=256, edge='short', backend='pillow', interpolation='bilinear'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
# The pipeline of the feature cache: no augmentation.
cache_pipeline = test_pipeline

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5, weight_decay=1e-6))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=1e-8, convert_to_iter_based=True)
train_cfg = dict(max_epochs=150)
