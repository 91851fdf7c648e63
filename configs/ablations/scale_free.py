# What a refiner gains when no loss rewards smaller target norms (docs/planted_artifacts.md): one change at a time, then
# several together. tools/analysis/planted_artifacts.py --set measures these variants.
base_config = '../demo/dinov2s_vitt.py'
channel = dict(normalization='channel')
refined = dict(normalization='channel', statistics='target')
relative = dict(relative=True, loss_weight=1.0)
relative_10 = dict(relative=True, loss_weight=10.0)
variants = {
    'FitNet, channel': dict(refiner=None, loss_outlier=None, loss_info=None, loss_kd=channel),
    'SiNGER, channel': dict(loss_kd=channel),
    'no outlier loss': dict(loss_kd=channel, loss_outlier=None),
    'statistics of the target': dict(loss_kd=refined),
    'relative outliers, 1': dict(loss_kd=channel, loss_outlier=relative),
    'relative outliers, 10': dict(loss_kd=channel, loss_outlier=relative_10),
    'start that removes': dict(loss_kd=channel, refiner=dict(start='remove')),
    'start at zero': dict(loss_kd=channel, refiner=dict(start='zero')),
    'relative 1, target': dict(loss_kd=refined, loss_outlier=relative),
    'relative 10, target': dict(loss_kd=refined, loss_outlier=relative_10),
    'relative 10, target, removes': dict(loss_kd=refined, loss_outlier=relative_10, refiner=dict(start='remove')),
    'relative 10, target, zero': dict(loss_kd=refined, loss_outlier=relative_10, refiner=dict(start='zero')),
}
pairs = [[title, 'SiNGER, channel'] for title in list(variants)[2:]]
