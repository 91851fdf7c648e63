"""The allowed values of configs: a table of key patterns, and one of the arguments of classes.

What a class of ours takes by its annotations (a number, a flag, a list) needs no row; a row narrows it.
"""

from __future__ import annotations

from .allowed import BUILT, FLAG, MAPPING, NONE, TEXT, Allowed, list_of, number, one_of, optional_list_of, whole

COUNT = whole(1)
INDEX = whole(0)
SHARE = number(0, 1)
WEIGHT = number(0)
POSITIVE = number(above=0)
NEVER = one_of(-1)
SEED = whole(0, 2**32 - 1)
SIZE = COUNT | list_of(COUNT, 1, 2)
LIMIT = number(0)  # of a schedule; fractions of epochs are converted to iterations
METRICS = BUILT | list_of(BUILT)
PART = METRICS | NONE  # of a model; the libraries allow several auxiliary heads or stages

KEYS: dict[str, Allowed] = {
    # A star stands for one part of a dotted key, two for any number of parts.
    'model': BUILT,
    'model**.backbone': PART,
    'model**.neck': PART,
    'model**.head': PART,
    'model**.decode_head': PART,
    'model**.auxiliary_head': PART,
    'model**.rpn_head': PART,
    'model**.roi_head': PART,
    'model**.bbox_head': PART,
    'model**.mask_head': PART,
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
    'custom_hooks': NONE | optional_list_of(BUILT),
    'default_hooks': MAPPING | NONE,
    'default_hooks.*': BUILT | NONE,
    'randomness': MAPPING,
    'randomness.seed': SEED | NONE,
    'randomness.deterministic': FLAG,
    'randomness.diff_rank_seed': FLAG,
    'auto_scale_lr.enable': FLAG,
    'auto_scale_lr.base_batch_size': COUNT,
    'log_processor.window_size': COUNT,
    '*_dataloader': MAPPING | NONE,
    '*_dataloader.batch_size': COUNT | NONE,
    '*_dataloader.num_workers': INDEX,
    '*_dataloader.prefetch_factor': COUNT | NONE,
    '*_dataloader.timeout': WEIGHT,
    '*_dataloader.num_batch_per_epoch': COUNT,
    '*_dataloader.persistent_workers': FLAG,
    '*_dataloader.pin_memory': FLAG,
    '*_dataloader.drop_last': FLAG,
    '*_dataloader.dataset': BUILT,
    '*_dataloader.sampler': BUILT,
    '*_evaluator': METRICS | NONE,
    'train_cfg': MAPPING | NONE,
    'val_cfg': MAPPING | NONE,
    'test_cfg': MAPPING | NONE,
    'env_cfg': MAPPING,
    'env_cfg.cudnn_benchmark': FLAG,
    'env_cfg.mp_cfg': MAPPING | NONE,
    'env_cfg.mp_cfg.mp_start_method': one_of('fork', 'spawn', 'forkserver'),
    'env_cfg.mp_cfg.opencv_num_threads': INDEX,
    'env_cfg.dist_cfg': MAPPING | NONE,
    'env_cfg.dist_cfg.backend': one_of('nccl', 'gloo', 'mpi', 'ucc', 'xccl', 'hccl', 'cncl', 'mccl'),
    'env_cfg.dist_cfg.timeout': POSITIVE,
    'model_wrapper_cfg': MAPPING | NONE,
    'train_cfg.max_epochs': COUNT,
    'train_cfg.max_iters': COUNT,
    'train_cfg.val_interval': COUNT,
    'train_cfg.val_begin': INDEX,
    'optim_wrapper': MAPPING | NONE,
    'optim_wrapper.accumulative_counts': COUNT,
    'optim_wrapper.clip_grad': MAPPING | NONE,
    'optim_wrapper.clip_grad.max_norm': POSITIVE,
    'optim_wrapper.clip_grad.clip_value': POSITIVE,
    'optim_wrapper**.optimizer': BUILT,
    'optim_wrapper**.optimizer.lr': WEIGHT,
    'optim_wrapper**.optimizer.betas': list_of(number(0, below=1), 2, 3),
    'optim_wrapper**.optimizer.momentum': number(0, below=1),
    'optim_wrapper**.optimizer.dampening': SHARE,
    'optim_wrapper**.optimizer.weight_decay': WEIGHT,
    'optim_wrapper**.optimizer.eps': WEIGHT,
    'optim_wrapper**.optimizer.nesterov': FLAG,
    'optim_wrapper**.paramwise_cfg': MAPPING | NONE,
    'optim_wrapper**.paramwise_cfg**.*_mult': WEIGHT,
    'optim_wrapper.paramwise_cfg.learning_rates': list_of(POSITIVE),
    'optim_wrapper**.paramwise_cfg.layer_decay_rate': number(above=0, high=1),
    'param_scheduler': NONE | BUILT | MAPPING | optional_list_of(BUILT),
    'param_scheduler**.begin': LIMIT,
    'param_scheduler**.end': POSITIVE,
    'param_scheduler**.T_max': POSITIVE,
    'param_scheduler**.by_epoch': FLAG,
    'param_scheduler**.convert_to_iter_based': FLAG,
    'param_scheduler**.start_factor': number(above=0, high=1),
    'param_scheduler**.end_factor': SHARE,
    'param_scheduler**.eta_min': WEIGHT,
    'param_scheduler**.eta_min_ratio': SHARE,
    'param_scheduler**.gamma': POSITIVE,
    'param_scheduler**.power': POSITIVE,
    'param_scheduler**.ranks': COUNT,
    'param_scheduler**.warmup_epochs': INDEX,
    'param_scheduler**.milestones': list_of(COUNT),
    'param_scheduler**.step_size': COUNT,
    '**.pipeline': optional_list_of(BUILT),
    '**.pipeline**.size': SIZE | NONE,
    '**.pipeline**.crop_size': SIZE,
    '**.crops_per_image': COUNT,
    '**.embed_dims': COUNT | NONE,
    '**.img_size': SIZE,
    '**.patch_size': SIZE,
}

INTERVAL = dict(interval=COUNT)
QUANTILE = dict(quantile=number(above=0, below=1))
LAYERS = list_of(INDEX)
LOSS = dict(loss_weight=WEIGHT)
CHANNELS = COUNT | list_of(COUNT)
DEPTH_HEAD = dict(in_channels=CHANNELS, bins=COUNT, max_depth=POSITIVE)
DISTILLER = dict(teacher_layers=LAYERS, student_layers=LAYERS | NONE, student_img_size=list_of(COUNT, 2) | NONE)

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
    'FeatureDistiller': DISTILLER,
    'SiNGERDistiller': DISTILLER,
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
    'OutlierLoss': LOSS | QUANTILE | dict(relative=FLAG),
    'LogitsLoss': LOSS | dict(temperature=POSITIVE),
    'TokenMSELoss': LOSS,
    'SigLoss': LOSS | dict(max_depth=POSITIVE, eps=WEIGHT),
    'MaskedGenerator': dict(mask_ratio=SHARE),
    'TimmViT': dict(out_indices=list_of(whole())),
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
