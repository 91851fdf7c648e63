# The recipe of the released code.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.999), weight_decay=1e-4),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, begin=0, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-4, begin=5, convert_to_iter_based=True),
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=100)
auto_scale_lr = dict(base_batch_size=512, enable=False)
