# The scale on which the target is learnt, with and without the refiner (docs/target_scale.md).
base_config = '../singer/vitl_vitt.py'
fitnet = dict(refiner=None, loss_outlier=None, loss_info=None)
variants = {
    'FitNet': fitnet,
    'FitNet, channel': dict(fitnet, loss_kd=dict(normalization='channel')),
    'FitNet, layer': dict(fitnet, loss_kd=dict(normalization='layer')),
    'FitNet, token': dict(fitnet, loss_kd=dict(normalization='token')),
    'FitNet, cosine': dict(fitnet, loss_kd=dict(distance='cosine')),
    'SiNGER': dict(),
    'SiNGER, channel': dict(loss_kd=dict(normalization='channel')),
    'SiNGER, layer': dict(loss_kd=dict(normalization='layer')),
    'SiNGER, token': dict(loss_kd=dict(normalization='token')),
    'SiNGER, cosine': dict(loss_kd=dict(distance='cosine')),
}
