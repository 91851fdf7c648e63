# Which part of SiNGER's gain is suppression of outliers, and which is a smaller target? (docs/choose_a_method.md)
# The factors are the norm ratios with which 'SiNGER' ends after three epochs; another base config or length has others.
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
