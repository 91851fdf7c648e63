# As the released code of SiNGER, run on 4 GPUs, counts steps: the rate is a staircase over epochs.
_base_ = './adamw_100e.py'

param_scheduler = [
    dict(type='StaircaseCosineLR', ranks=4, warmup_epochs=5, eta_min_ratio=1e-4, convert_to_iter_based=True)
]
