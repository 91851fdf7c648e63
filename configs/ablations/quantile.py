# Which token norms count as outliers; the paper uses those above the 0.97 quantile of the image.
base_config = '../singer/vitl_vitt.py'
variants = {
    'quantile 0.80': dict(loss_outlier=dict(quantile=0.80)),
    'quantile 0.90': dict(loss_outlier=dict(quantile=0.90)),
    'quantile 0.95': dict(loss_outlier=dict(quantile=0.95)),
    'quantile 0.97': dict(),
    'quantile 0.99': dict(loss_outlier=dict(quantile=0.99)),
}
