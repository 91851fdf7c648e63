# Treatments of artifacts, with and without training. tools/analysis/planted_artifacts.py measures each of them against
# the truth (docs/planted_artifacts.md).
_base_ = '../_base_/methods/singer_standardized.py'

base_config = '../demo/dinov2s_vitt.py'
fitnet = dict(refiner=None, loss_outlier=None, loss_info=None)
variants = {
    'FitNet': fitnet,
    'FitNet, channel': dict(fitnet, loss_kd=dict(normalization='channel')),
    'clipped norms': dict(fitnet, refiner=dict(_delete_=True, type='NormClip')),
    'singular repair': dict(fitnet, refiner=dict(_delete_=True, type='SingularRepair')),
    'SiNGER': dict(),
    'SiNGER, channel': dict(loss_kd=dict(normalization='channel')),
    'SiNGER, recommended': {{_base_.singer_standardized}},
    'SiNGER, random basis': dict(refiner=dict(basis='random')),
    'SiNGER, frozen adapter': dict(refiner=dict(frozen=True)),
    'SiNGER, target detached': dict(detach_target=True),
    'SiNGER, norm preserved': dict(refiner=dict(preserve_norm=True)),
}
# Compared for each seed: the first minus the second.
pairs = [
    ['SiNGER', 'FitNet'],
    ['SiNGER, channel', 'FitNet, channel'],
    ['FitNet, channel', 'FitNet'],
    ['SiNGER, channel', 'SiNGER'],
    ['SiNGER, recommended', 'FitNet, channel'],
    ['SiNGER, recommended', 'SiNGER, channel'],
    ['SiNGER, recommended', 'SiNGER'],
    ['SiNGER, random basis', 'SiNGER'],
]
