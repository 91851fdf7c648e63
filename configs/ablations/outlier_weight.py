# The weight of the outlier loss. The values are those of the authors' config files; the paper uses 0.01.
base_config = '../singer/vitl_vitt.py'
variants = {
    'outlier weight 0': dict(loss_outlier=None),
    'outlier weight 0.01': dict(),
    'outlier weight 0.05': dict(loss_outlier=dict(loss_weight=0.05)),
    'outlier weight 0.1': dict(loss_outlier=dict(loss_weight=0.1)),
    'outlier weight 0.5': dict(loss_outlier=dict(loss_weight=0.5)),
    'outlier weight 1': dict(loss_outlier=dict(loss_weight=1.0)),
    'outlier weight 5': dict(loss_outlier=dict(loss_weight=5.0)),
    'outlier weight 10': dict(loss_outlier=dict(loss_weight=10.0)),
    'outlier weight 100': dict(loss_outlier=dict(loss_weight=100.0)),
    'outlier weight 1000': dict(loss_outlier=dict(loss_weight=1000.0)),
}
