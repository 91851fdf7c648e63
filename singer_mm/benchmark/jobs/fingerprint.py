"""By which protocol a number was made."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mmengine.config import Config
from mmengine.dist import get_world_size

from singer_mm.engine.config.batch_plan import BatchPlan
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.engine.config.dataloaders import leaf_datasets
from singer_mm.version import __version__

from .backbone_facts import BackboneFacts
from .job import Job, use_cache

LIBRARIES = {'mmpretrain': 'mmpretrain', 'mmseg': 'mmsegmentation', 'mmdet': 'mmdetection'}
DISTRIBUTIONS = {'mmdetection': ('onedl-mmdetection', 'mmdet')}

RESIZE_DEFAULTS = dict(interpolation='bilinear', backend='cv2')
"""What a transform that resizes does where the config says nothing, in mmcv and in mmpretrain."""

SPLIT_WITHOUT_EFFECT = 'batch split (without effect)'

EPOCH = 'epoch'
"""Key under which stands which epoch's weights are tested."""

TRAINING_MARKS = (SPLIT_WITHOUT_EFFECT, 'train set', 'train images', 'augmentation', 'training', EPOCH, 'optimizer')


def fingerprint(job: Job, cfg: Config, backbone: BackboneFacts, is_mini: bool) -> dict[str, str]:
    """Return all that decides what a number means, in words.

    What may differ between the backbones of one table begins with ``backbone``; everything else must be the same within
    a column.

    Args:
        job: The job.
        cfg: Its resolved config, before a cache takes the place of the images.
        backbone: The backbone.
        is_mini: Whether the data are the procedural miniature.
    """
    role = cfg.model.backbone
    preprocessor = cfg.model.get('data_preprocessor') or cfg.get('data_preprocessor', {})
    cached = use_cache(job, cfg)
    plan = BatchPlan.of(cfg, get_world_size())
    root = data_folder(job.settings.data)
    marks = {
        'protocol': f'{job.task.name}/{job.protocol}',
        'data': 'mini (procedural miniature)' if is_mini else 'real',
        'test set': _split(cfg.test_dataloader.dataset, root),
        'test images': _pipeline(next(leaf_datasets(cfg.test_dataloader.dataset)).pipeline),
        'inference': str(dict(cfg.model.test_cfg)) if cfg.model.get('test_cfg') and not _is_detector(cfg) else 'whole',
        'metrics': ', '.join(
            _call(metric, 'ann_file') for metric in cfg.test_evaluator if not metric['type'].endswith('Recorder')
        ),
        'features': f'{role.get("out_type", "feat_map")} of blocks {_blocks(cfg, backbone)}, '
        f'{"after" if role.get("final_norm") else "before"} the final norm',
        'backbone weights': 'frozen' if role.get('frozen') else 'fine-tuned',
        'precision': 'bfloat16 backbone, float32 head' if role.get('autocast') else 'float32',
        'backbone architecture': backbone.architecture,
        'backbone checkpoint': backbone.sha256[:16],
        'backbone normalisation': f'mean {_numbers(preprocessor.get("mean"))}, std {_numbers(preprocessor.get("std"))}',
    }
    head = job.head_result()
    if head is not None:
        marks |= {key: head['fingerprint'][key] for key in TRAINING_MARKS if key in head['fingerprint']}
    elif 'ks' in cfg.test_cfg:
        dataset = cfg.test_cfg.train_dataloader.dataset
        marks |= {
            'train set': _split(dataset, root),
            'train images': _pipeline(next(leaf_datasets(dataset)).pipeline),
            'training': f'none: {_call(cfg.test_cfg, "train_dataloader")}',
        }
    elif plan is not None:
        # Detectors average their losses over the regions of a micro-batch, so that the split counts. Elsewhere the
        # result does not depend on it, and two rows may differ.
        split = 'batch split' if _is_detector(cfg) else SPLIT_WITHOUT_EFFECT
        picks_epoch = any(hook['type'].endswith('BestEpochHook') for hook in cfg.get('custom_hooks') or [])
        marks |= {
            'train set': _split(cfg.train_dataloader.dataset, root),
            'train images': _pipeline(
                cfg.cache_pipeline if cached else next(leaf_datasets(cfg.train_dataloader.dataset)).pipeline
            ),
            'augmentation': 'off (feature cache)' if cached else 'as in train images',
            'training': f'{cfg.train_cfg.max_epochs} epochs of total batch {plan.total}',
            EPOCH: 'the best on the test set' if picks_epoch else 'the last',
            'optimizer': _call(cfg.optim_wrapper.optimizer),
            split: f'{plan.processes} x {plan.accumulation} x {plan.micro_batch} images',
        }
    return marks | _versions(cfg)


def _is_detector(cfg: Config) -> bool:
    return bool(cfg.default_scope == 'mmdet')


def _split(dataset: Any, root: str) -> str:
    """Return class and place of a dataset, the latter below the data folder, and which part of it is taken."""
    keys = ('data_root', 'split', 'ann_file', 'more_ann_files', 'data_prefix')
    part = next((f', {whole.part} of a random split with {whole.share:g} held out' for whole in _wrappers(dataset)), '')
    dataset = next(leaf_datasets(dataset))
    parts = [f'{key}={dataset[key]}' for key in keys if dataset.get(key)]
    return f'{dataset.type}({", ".join(parts)})'.replace(f'{root.rstrip("/")}/', '') + part


def _wrappers(dataset: Any) -> Iterator[Any]:
    """Yield the wrappers of a dataset that take a part of it."""
    while 'dataset' in dataset:
        if 'share' in dataset:
            yield dataset
        dataset = dataset.dataset


def _pipeline(pipeline: list[Any]) -> str:
    """Return the transforms with their arguments, without loading and packing."""
    steps = [step for step in pipeline if not step['type'].startswith(('Load', 'Pack', 'mmdet.Load', 'singer_mm.Load'))]
    full = [{**step, **RESIZE_DEFAULTS, **step} if 'Resize' in step['type'] else step for step in steps]
    return ' > '.join(map(_call, full)) or 'as they are'


def _call(cfg: dict[str, Any], *without: str) -> str:
    """Return ``Type(key=value, ...)`` of something's config."""
    arguments = ', '.join(f'{key}={value}' for key, value in cfg.items() if key not in ('type', *without))
    return f'{cfg["type"]}({arguments})'


def _blocks(cfg: Config, backbone: BackboneFacts) -> str:
    """Return the blocks that features are taken from so that it reads alike for backbones of different depth."""
    indices = cfg.model.backbone.get('out_indices', [-1])
    blocks = [str(i) if i < 0 else f'{(i + 1) / backbone.num_layers:.2f} of the depth' for i in indices]
    return f'[{", ".join(blocks)}] (-1 is the last)'


def _numbers(values: Any) -> str:
    return '/'.join(f'{value:g}' for value in values) if values else 'none'


def _versions(cfg: Config) -> dict[str, str]:
    library = LIBRARIES.get(cfg.default_scope, 'mmengine')
    found = {'singer_mm': __version__}
    for name in ('torch', 'timm', 'mmengine', library):
        for distribution in (f'onedl-{name}', *DISTRIBUTIONS.get(name, ()), name):
            try:
                found[distribution] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return {'versions': ', '.join(f'{name} {number}' for name, number in found.items())}
