# 600 images at 112 px.
_base_ = '../../task/classification_vitl_vitt.py'

data_folder = 'data/mini'
model = dict(
    task_model=dict(backbone=dict(img_size=112)),
    distiller=dict(teacher=dict(dynamic_img_size=True)),
)
total_batch_size = 32
max_batch_per_gpu = None
train_pipeline = [
    dict(type='singer_mm.LoadUprightImage'),
    dict(type='mmpretrain.RandomResizedCrop', scale=112, backend='pillow', interpolation='bicubic'),
    dict(type='mmpretrain.RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='mmpretrain.PackInputs'),
]
test_pipeline = [
    dict(type='singer_mm.LoadUprightImage'),
    dict(type='mmpretrain.ResizeEdge', scale=128, edge='short', backend='pillow', interpolation='bicubic'),
    dict(type='mmpretrain.CenterCrop', crop_size=112),
    dict(type='mmpretrain.PackInputs'),
]
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline=train_pipeline)))
val_dataloader = dict(num_workers=0, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=5, val_interval=5)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, begin=0, end=0.5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-4, begin=0.5, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=5))
