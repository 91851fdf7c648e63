# The five rows of the paper's Table 4: the initialisation of the adapter and its two losses, as in the released code.
# The authors trained these on a subset of ImageNet that was never released.
base_config = '../singer/vitl_vitt_released.py'
random_start = dict(basis='random', threshold=None)
variants = {
    'random start, no losses': dict(refiner=random_start, loss_outlier=None, loss_info=None),
    'nullspace, no losses': dict(loss_outlier=None, loss_info=None),
    'nullspace, outlier loss': dict(loss_info=None),
    'nullspace, info loss': dict(loss_outlier=None),
    'nullspace, both losses': dict(),
}
