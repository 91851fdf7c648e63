"""The allowed values of configs: a table of key patterns, and one of the arguments of classes.

The annotations of our classes say what an argument may be (a number, a flag, a list); a row narrows that.
"""

from .allowed import BUILT, FLAG, MAPPING, NONE, TEXT, Allowed, list_of, number, one_of, whole

COUNT = whole(1)
INDEX = whole(0)
SHARE = number(0, 1)
WEIGHT = number(0)
POSITIVE = number(above=0)
NEVER = one_of(-1)
SEED = whole(0, 2**32 - 1)
SIZE = COUNT | list_of(COUNT, 1, 2)
METRICS = BUILT | list_of(BUILT)
PART = METRICS | NONE  # of a model; the libraries allow several auxiliary heads or stages

KEYS: dict[str, Allowed] = {
    # A star stands for one part of a dotted key, two stars for any number of parts, {a,b} for a or b.
    'model': BUILT,
    'model**.{backbone,neck,head,decode_head,auxiliary_head,rpn_head,roi_head,bbox_head,mask_head}': PART,
    'total_batch_size': COUNT | NONE,
    'max_batch_per_gpu': COUNT | NONE,
    'allow_random_teacher': FLAG,
    'resume': FLAG,
    'load_from': TEXT | NONE,
    'work_dir': TEXT,
    'launcher': one_of('none', 'pytorch', 'slurm', 'mpi'),
    'log_level': one_of('NOTSET', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'),
    'custom_imports': MAPPING | NONE,
    'custom_imports.imports': TEXT | list_of(TEXT),
    'custom_hooks': NONE | list_of(BUILT, empty=True),
    'default_hooks': MAPPING | NONE,
    'default_hooks.*': BUILT | NONE,
    'randomness': MAPPING,
    'randomness.seed': SEED | NONE,
    'randomness.{deterministic,diff_rank_seed}': FLAG,
    'auto_scale_lr.enable': FLAG,
    'auto_scale_lr.base_batch_size': COUNT,
    'log_processor.window_size': COUNT,
    '*_dataloader': MAPPING | NONE,
    '*_dataloader.{batch_size,prefetch_factor}': COUNT | NONE,
    '*_dataloader.num_workers': INDEX,
    '*_dataloader.timeout': WEIGHT,
    '*_dataloader.num_batch_per_epoch': COUNT,
    '*_dataloader.{persistent_workers,pin_memory,drop_last}': FLAG,
    '*_dataloader.{dataset,sampler}': BUILT,
    '*_evaluator': METRICS | NONE,
    '{train,val,test}_cfg': MAPPING | NONE,
    'env_cfg': MAPPING,
    'env_cfg.cudnn_benchmark': FLAG,
    'env_cfg.{mp,dist}_cfg': MAPPING | NONE,
    'env_cfg.mp_cfg.mp_start_method': one_of('fork', 'spawn', 'forkserver'),
    'env_cfg.mp_cfg.opencv_num_threads': INDEX,
    'env_cfg.dist_cfg.backend': one_of('nccl', 'gloo', 'mpi', 'ucc', 'xccl', 'hccl', 'cncl', 'mccl'),
    'env_cfg.dist_cfg.timeout': POSITIVE,
    'model_wrapper_cfg': MAPPING | NONE,
    'train_cfg.{max_epochs,max_iters,val_interval}': COUNT,
    'train_cfg.val_begin': INDEX,
    'optim_wrapper': MAPPING | NONE,
    'optim_wrapper.accumulative_counts': COUNT,
    'optim_wrapper.clip_grad': MAPPING | NONE,
    'optim_wrapper.clip_grad.{max_norm,clip_value}': POSITIVE,
    'optim_wrapper**.optimizer': BUILT,
    'optim_wrapper**.optimizer.{lr,weight_decay,eps}': WEIGHT,
    'optim_wrapper**.optimizer.betas': list_of(number(0, below=1), 2, 3),
    'optim_wrapper**.optimizer.momentum': number(0, below=1),
    'optim_wrapper**.optimizer.dampening': SHARE,
    'optim_wrapper**.optimizer.nesterov': FLAG,
    'optim_wrapper**.paramwise_cfg': MAPPING | NONE,
    'optim_wrapper**.paramwise_cfg**.*_mult': WEIGHT,
    'optim_wrapper.paramwise_cfg.learning_rates': list_of(POSITIVE),
    'optim_wrapper**.paramwise_cfg.layer_decay_rate': number(above=0, high=1),
    'param_scheduler': NONE | BUILT | MAPPING | list_of(BUILT, empty=True),
    # MMEngine converts fractions of epochs in begin, end and T_max to iterations.
    'param_scheduler**.{begin,eta_min}': WEIGHT,
    'param_scheduler**.{end,T_max,gamma,power}': POSITIVE,
    'param_scheduler**.{by_epoch,convert_to_iter_based}': FLAG,
    'param_scheduler**.start_factor': number(above=0, high=1),
    'param_scheduler**.{end_factor,eta_min_ratio}': SHARE,
    'param_scheduler**.{ranks,step_size}': COUNT,
    'param_scheduler**.warmup_epochs': INDEX,
    'param_scheduler**.milestones': list_of(COUNT),
    '**.pipeline': list_of(BUILT, empty=True),
    '**.pipeline**.size': SIZE | NONE,
    '**.pipeline**.crop_size': SIZE,
    '**.crops_per_image': COUNT,
    '**.embed_dims': COUNT | NONE,
    '**.{img_size,patch_size}': SIZE,
}

INTERVAL = dict(interval=COUNT)
QUANTILE = dict(quantile=number(above=0, below=1))
LAYERS = list_of(INDEX)
LOSS = dict(loss_weight=WEIGHT)
CHANNELS = COUNT | list_of(COUNT)
DEPTH_HEAD = dict(in_channels=CHANNELS, bins=COUNT, max_depth=POSITIVE)

ARGUMENTS: dict[str, dict[str, Allowed]] = {
    # Of a class and of those that inherit from it. MMEngine's:
    'LoggerHook': INTERVAL,
    'CheckpointHook': dict(
        interval=NEVER | COUNT, max_keep_ckpts=NEVER | COUNT, by_epoch=FLAG, save_last=FLAG, save_optimizer=FLAG,
        save_param_scheduler=FLAG,
    ),
    'EMAHook': dict(momentum=number(above=0, high=1), interval=COUNT, begin_iter=INDEX, begin_epoch=INDEX),
    'OptimWrapper': dict(accumulative_counts=COUNT),
    'StaircaseCosineLR': dict(
        ranks=COUNT, warmup_epochs=INDEX, eta_min_ratio=SHARE, epoch_length=COUNT | NONE, begin=INDEX, end=INDEX,
    ),
    'BaseMetric': dict(collect_device=one_of('cpu', 'gpu'), prefix=TEXT | NONE, collect_dir=TEXT | NONE),
    'EarlyStoppingHook': dict(patience=INDEX, min_delta=WEIGHT),
    # Ours:
    'FeatureDistiller': dict(
        teacher_layers=LAYERS, student_layers=LAYERS | NONE, student_img_size=list_of(COUNT, 2) | NONE
    ),
    'NullspaceAdapter': dict(rank=COUNT, threshold=WEIGHT | NONE),
    'LinearProjector': dict(student_dims=COUNT | NONE, teacher_dims=COUNT | NONE),
    'LogitsDistiller': dict(num_classes=COUNT),
    'ImageNetRAccuracy': dict(num_classes=COUNT),
    'ResumableEpochLoop': dict(max_epochs=COUNT, accumulation=COUNT),
    'PrecomputedTokens': dict(num_prefix_tokens=INDEX),
    'PredictionRecorder': dict(max_maps=INDEX),
    'NormClip': QUANTILE,
    'SingularRepair': QUANTILE,
    'KDLoss': LOSS | dict(layer_weights=list_of(WEIGHT) | NONE),
    'InfoLoss': LOSS,
    'OutlierLoss': LOSS | QUANTILE,
    'LogitsLoss': LOSS | dict(temperature=POSITIVE),
    'TokenMSELoss': LOSS,
    'SigLoss': LOSS | dict(max_depth=POSITIVE, eps=WEIGHT),
    'MaskedGenerator': dict(mask_ratio=SHARE),
    'TimmViT': dict(out_indices=list_of(whole())),
    'DiagnosticsHook': INTERVAL | QUANTILE,
    'SiNGERHook': INTERVAL | QUANTILE,
    'FeatureMapHook': INTERVAL | dict(number=COUNT, size=COUNT | NONE),
    'BrokenImageHook': dict(max_share=SHARE, grace=INDEX),
    'InterimCheckpointHook': dict(minutes=POSITIVE | NONE),
    'KNNTestLoop': dict(k=COUNT, ks=list_of(COUNT), temperature=POSITIVE),
    'HoldOut': dict(share=SHARE, seed=SEED),
    'ResumableSampler': dict(seed=SEED | NONE),
    'UnlabelledImages': dict(max_refetch=INDEX),
    'AreaCrop': dict(size=COUNT),
    'SquareDepthCrop': dict(size=COUNT, share=number(above=0, high=1) | NONE),
    'LoadDepthMap': dict(depth_rescale_factor=POSITIVE),
    'CheckDepthMap': dict(max_depth=POSITIVE),
    'CheckLabelMap': dict(num_classes=COUNT),
    'PooledDepthMetric': dict(max_depth=POSITIVE),
    'BinnedDepthHead': DEPTH_HEAD | dict(temperature=POSITIVE),
    'LinearDepthHead': DEPTH_HEAD | dict(upsample=COUNT),
    'PyramidDepthHead': DEPTH_HEAD,
    'LinearDecodeHead': dict(in_channels=CHANNELS, num_classes=COUNT, dropout_ratio=number(0, below=1)),
    'SweepClsHead': dict(num_classes=COUNT, in_channels=COUNT),
    'SweepDecodeHead': dict(in_channels=COUNT),
    'SimpleFeaturePyramid': dict(in_channels=COUNT, patch_size=COUNT, out_channels=COUNT, num_outs=COUNT),
    'WindowedViT': dict(window_size=COUNT, num_global_blocks=INDEX),
    'GroupClipOptimWrapper': dict(max_norm=POSITIVE),
    'PlantedArtifacts': dict(
        layers=LAYERS, strength=WEIGHT, share=SHARE, rank=COUNT, seed=SEED, num_vectors=COUNT,
    ),
}  # fmt: skip
