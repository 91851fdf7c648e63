# Rank of the adapter and quantile of the outlier loss: the grid of the authors' files; the paper uses 64 and 0.97.
base_config = '../singer/vitl_vitt.py'
variants = {
    'rank 8, quantile 0.90': dict(refiner=dict(rank=8), loss_outlier=dict(quantile=0.90)),
    'rank 8, quantile 0.95': dict(refiner=dict(rank=8), loss_outlier=dict(quantile=0.95)),
    'rank 8, quantile 0.97': dict(refiner=dict(rank=8), loss_outlier=dict(quantile=0.97)),
    'rank 8, quantile 0.99': dict(refiner=dict(rank=8), loss_outlier=dict(quantile=0.99)),
    'rank 16, quantile 0.90': dict(refiner=dict(rank=16), loss_outlier=dict(quantile=0.90)),
    'rank 16, quantile 0.95': dict(refiner=dict(rank=16), loss_outlier=dict(quantile=0.95)),
    'rank 16, quantile 0.97': dict(refiner=dict(rank=16), loss_outlier=dict(quantile=0.97)),
    'rank 16, quantile 0.99': dict(refiner=dict(rank=16), loss_outlier=dict(quantile=0.99)),
    'rank 32, quantile 0.90': dict(refiner=dict(rank=32), loss_outlier=dict(quantile=0.90)),
    'rank 32, quantile 0.95': dict(refiner=dict(rank=32), loss_outlier=dict(quantile=0.95)),
    'rank 32, quantile 0.97': dict(refiner=dict(rank=32), loss_outlier=dict(quantile=0.97)),
    'rank 32, quantile 0.99': dict(refiner=dict(rank=32), loss_outlier=dict(quantile=0.99)),
    'rank 64, quantile 0.90': dict(refiner=dict(rank=64), loss_outlier=dict(quantile=0.90)),
    'rank 64, quantile 0.95': dict(refiner=dict(rank=64), loss_outlier=dict(quantile=0.95)),
    'rank 64, quantile 0.97': dict(),
    'rank 64, quantile 0.99': dict(refiner=dict(rank=64), loss_outlier=dict(quantile=0.99)),
    'rank 128, quantile 0.90': dict(refiner=dict(rank=128), loss_outlier=dict(quantile=0.90)),
    'rank 128, quantile 0.95': dict(refiner=dict(rank=128), loss_outlier=dict(quantile=0.95)),
    'rank 128, quantile 0.97': dict(refiner=dict(rank=128), loss_outlier=dict(quantile=0.97)),
    'rank 128, quantile 0.99': dict(refiner=dict(rank=128), loss_outlier=dict(quantile=0.99)),
}
