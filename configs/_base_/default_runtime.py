default_scope = 'singer_mm'
# MMEngine looks up the Runner and the wrapper before it enters the default scope, so their names include the scope.
runner_type = 'singer_mm.SafeRunner'
custom_imports = dict(imports=['singer_mm.registry'])

env_cfg = dict(
    # All crops have one shape. If yours have many, set False: cuDNN would measure its algorithms for each shape.
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
model_wrapper_cfg = dict(type='singer_mm.DistillerDDP')

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # More than one, because MMEngine deletes the oldest checkpoint before it writes the next one.
    checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=3),
    # Saves every `minutes`, and when the run is asked to stop (SIGTERM, Ctrl-C, --time-limit).
    interim_checkpoint=dict(type='singer_mm.InterimCheckpointHook', minutes=30),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
custom_hooks = [
    dict(type='SiNGERHook', interval=100),
    dict(type='BrokenImageHook', max_share=0.01),
]

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='Visualizer', vis_backends=vis_backends)
log_processor = dict(window_size=50)
log_level = 'INFO'
randomness = dict(seed=0)
