# ViTKD as in Table 1 of SiNGER's paper: sums over patches and channels, no labels, and projectors, generator and mask
# token that are never trained (the docstring of ViTKDDistiller).
_base_ = './imagenet_statistics.py'

model = dict(
    type='ViTKDDistiller',
    layer_map='released',
    projector=dict(type='LinearProjector'),
    loss_kd=dict(type='TokenMSELoss', loss_weight=3e-5, reduction='sum'),  # alpha
    generator=dict(type='MaskedGenerator', mask_ratio=0.5),  # lambda
    loss_generation=dict(type='TokenMSELoss', loss_weight=6e-6, reduction='sum'),  # beta / lambda = 3e-6 / 0.5
    train_projectors=False,
    data_preprocessor={{_base_.imagenet_statistics}},
)
