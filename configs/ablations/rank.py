# The rank of the adapter; the paper uses 64.
base_config = '../singer/vitl_vitt.py'
variants = {
    'rank 8': dict(refiner=dict(rank=8)),
    'rank 16': dict(refiner=dict(rank=16)),
    'rank 32': dict(refiner=dict(rank=32)),
    'rank 64': dict(),
    'rank 128': dict(refiner=dict(rank=128)),
    'rank 256': dict(refiner=dict(rank=256)),
}
