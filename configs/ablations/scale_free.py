# The screening of the recommended recipe (docs/recommended_recipe.md): what a refiner gains when no loss rewards a
# smaller target. One change at a time, then several together:
#   python tools/analysis/planted_artifacts.py --set configs/ablations/scale_free.py --directions none outside \
#       --steps 300 --seeds 2 --learning-rates 3e-3
base_config = '../demo/dinov2s_vitt.py'
channel = dict(normalization='channel')
refined = dict(normalization='channel', statistics='target')
relative = dict(relative=True, loss_weight=1.0)
relative_10 = dict(relative=True, loss_weight=10.0)
kept = dict(preserve_norm=True)
variants = {
    'FitNet, channel': dict(refiner=None, loss_outlier=None, loss_info=None, loss_kd=channel),
    'SiNGER, channel': dict(loss_kd=channel),
    'no outlier loss': dict(loss_kd=channel, loss_outlier=None),
    'relative outliers, 1': dict(loss_kd=channel, loss_outlier=relative),
    'relative outliers, 10': dict(loss_kd=channel, loss_outlier=relative_10),
    'statistics of the target': dict(loss_kd=refined),
    'statistics of the target, no outlier loss': dict(loss_kd=refined, loss_outlier=None),
    'statistics of the target, relative 1': dict(loss_kd=refined, loss_outlier=relative),
    'start that removes': dict(loss_kd=channel, refiner=dict(start='remove')),
    'start at zero': dict(loss_kd=channel, refiner=dict(start='zero')),
    'relative 10, removes': dict(loss_kd=channel, loss_outlier=relative_10, refiner=dict(start='remove')),
    'norm kept, no outlier loss': dict(loss_kd=channel, loss_outlier=None, refiner=kept),
    'norm kept, relative 10': dict(loss_kd=channel, loss_outlier=relative_10, refiner=kept),
    'norm kept, relative 10, removes': dict(
        loss_kd=channel, loss_outlier=relative_10, refiner=dict(preserve_norm=True, start='remove')
    ),
    'norm kept, relative 10, information 10': dict(
        loss_kd=channel, loss_outlier=relative_10, refiner=kept, loss_info=dict(loss_weight=10.0)
    ),
}
