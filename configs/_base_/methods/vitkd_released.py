# ViTKD as in Table 1 of SiNGER's paper: losses are summed over patches and channels, labels are not used, and
# projectors, generator and mask token are never trained (see the docstring of ViTKDDistiller).
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
