# Steps are counted as in the released code of SiNGER on 4 GPUs, so the learning rate jumps at each epoch.
_base_ = './adamw_100e.py'

param_scheduler = [
    dict(type='StaircaseCosineLR', ranks=4, warmup_epochs=5, eta_min_ratio=1e-4, convert_to_iter_based=True)
]
