# FitNet as in Table 1 of SiNGER's paper: the mean squared error of each layer, summed over layers, times 10 (the
# default weight of the released code, which its config files do not change).
_base_ = './imagenet_statistics.py'

model = dict(
    type='FeatureDistiller',
    layer_map='released',
    projector=dict(type='LinearProjector'),
    loss_kd=dict(type='KDLoss', loss_weight=10.0, reduction='sum_layers'),
    data_preprocessor={{_base_.imagenet_statistics}},
)
