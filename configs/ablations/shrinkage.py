# How much of SiNGER's gain comes from suppressed outliers, how much from a smaller target (docs/target_scale.md)?
# The factors are the norm ratios of 'SiNGER' after three epochs; another base config or training length needs others.
base_config = '../demo/dinov2s_vitt.py'
fitnet = dict(refiner=None, loss_outlier=None, loss_info=None)
variants = {
    'FitNet': fitnet,
    'FitNet, scaled': dict(fitnet, refiner=dict(_delete_=True, type='FixedScale', factors={'8': 0.93, '11': 0.57})),
    'FitNet, clipped norms': dict(fitnet, refiner=dict(_delete_=True, type='NormClip')),
    'SiNGER': dict(),
    'SiNGER, target detached': dict(detach_target=True),
    'SiNGER, norm preserved': dict(refiner=dict(preserve_norm=True)),
}
