# The effect of each part of SiNGER. Each line is one variant: its title, and what it changes in `model`.
#   python tools/ablations.py configs/ablations/components.py
base_config = '../singer/vitl_vitt.py'
variants = {
    'FitNet': dict(refiner=None, loss_outlier=None, loss_info=None),
    'SiNGER': dict(),
    'random basis': dict(refiner=dict(basis='random')),
    'frozen adapter': dict(refiner=dict(frozen=True)),
    'no outlier loss': dict(loss_outlier=None),
    'no info loss': dict(loss_info=None),
    'neither loss': dict(loss_outlier=None, loss_info=None),
    'random basis, neither loss': dict(refiner=dict(basis='random'), loss_outlier=None, loss_info=None),
}
