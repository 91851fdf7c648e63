# MMEngine looks up the Runner before it enters the default scope, so its name includes the scope.
runner_type = 'singer_mm.SafeRunner'

env_cfg = dict(
    # Crops and windows have one shape or a few. In detection they have many, so mmdet.py switches it off.
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # More than one, because MMEngine deletes the oldest checkpoint before it writes the next one.
    checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=2),
    # Saves every `minutes`, and when the run is asked to stop (SIGTERM, Ctrl-C, --time-limit).
    interim_checkpoint=dict(type='singer_mm.InterimCheckpointHook', minutes=30),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
custom_hooks = [dict(type='singer_mm.FrozenBackboneHook')]

vis_backends = [dict(type='LocalVisBackend')]
log_level = 'INFO'
randomness = dict(seed=0)
