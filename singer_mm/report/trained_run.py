"""A run, read back from its work directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.registry import MODELS
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, load_checkpoint

from .run_history import RunHistory, read_history


@dataclass(frozen=True)
class TrainedRun:
    """Config and last checkpoint of a run.

    Attributes:
        config: The config that MMEngine dumped.
        config_name: Its file name.
        checkpoint_name: File name of the checkpoint.
        state_dict: Weights of the distiller, without the teacher's.
        iterations: Number of iterations done.
        seed: Seed of the run.
        history: What it logged.
        averaged: Whether the weights are an average over steps (MMEngine's EMAHook).
    """

    config: Config
    config_name: str
    checkpoint_name: str
    state_dict: Mapping[str, Any]
    iterations: int
    seed: int
    history: RunHistory
    averaged: bool = False


def read_run(work_dir: Path) -> TrainedRun:
    """Read a run and make its config's default scope the current one.

    Raises:
        ConfigError: If the directory holds no dumped config.
        CheckpointError: If it holds no whole checkpoint.
    """
    dumped = sorted(work_dir.glob('*.py'), key=lambda path: path.stat().st_mtime_ns)
    if not dumped:
        raise ConfigError(f'{work_dir} holds no config: give the work directory of a run of tools/train.py.')
    path = find_latest_checkpoint(work_dir)
    if path is None:
        raise CheckpointError(f'{work_dir} holds no checkpoint (epoch_*.pth or iter_*.pth): let the run write one.')
    checkpoint = load_checkpoint(path)
    config = Config.fromfile(dumped[-1])
    init_default_scope(config.get('default_scope', 'singer_mm'))
    meta = checkpoint['meta']
    history = read_history(checkpoint['message_hub']['log_scalars'])
    return TrainedRun(
        config,
        dumped[-1].name,
        path.name,
        checkpoint['state_dict'],
        meta['iter'],
        meta['seed'],
        history,
        averaged='ema_state_dict' in checkpoint,
    )


def training_size(config: Config) -> int:
    """Return the side of the training crops: that of the last transform that sets a size.

    Raises:
        ConfigError: If no transform does.
    """
    pipeline: Iterable[Mapping[str, Any]] = config.train_dataloader.dataset.pipeline
    sizes = [step['size'] for step in pipeline if 'size' in step]
    if not sizes:
        raise ConfigError('no transform of the training pipeline has a size: say with --size which one to show.')
    return sizes[-1] if isinstance(sizes[-1], int) else sizes[-1][0]


def untrained_distiller(run: TrainedRun) -> FeatureDistiller:
    """Build the distiller as it was before its first step: the Runner, too, seeds right before it builds the model."""
    model = run.config.model.copy()
    model.pop('teacher_dtype', None)  # pictures are worth full precision
    set_random_seed(run.seed)
    distiller: FeatureDistiller = MODELS.build(model)
    distiller.init_weights()
    distiller.to(get_device())
    distiller.eval()
    return distiller


def load_trained(distiller: FeatureDistiller, run: TrainedRun) -> None:
    """Load the run's weights.

    Raises:
        CheckpointError: If they belong to another model.
    """
    try:
        distiller.load_state_dict(run.state_dict, strict=True)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())[:300]
        raise CheckpointError(f'{run.checkpoint_name} does not fit the model of its config: {reason}') from error
