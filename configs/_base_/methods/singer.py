# SiNGER as in the paper's text (docs/paper_and_released_code.md).
model = dict(
    type='SiNGERDistiller',
    refiner=dict(type='NullspaceAdapter', rank=64, basis='smallest'),
    projector=dict(type='LinearProjector'),
    loss_kd=dict(type='KDLoss', loss_weight=1.0),
    loss_outlier=dict(type='OutlierLoss', quantile=0.97, loss_weight=0.01),
    loss_info=dict(type='InfoLoss', intermediate='gram', final_reference='teacher', loss_weight=1.0),
)
