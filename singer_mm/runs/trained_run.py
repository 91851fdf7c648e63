"""A run, read from its work directory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed

from singer_mm.engine.config.config_file import load_config_file
from singer_mm.engine.runner.checkpoint_schema import check_weights_part
from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.distiller import Distiller
from singer_mm.registry import MODELS, SCOPE
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, load_checkpoint
from singer_mm.utils.library_scope import find_model_class

from .run_history import RunHistory, read_history

D = TypeVar('D', bound=Distiller)


@dataclass(frozen=True)
class TrainedRun:
    """Dumped config and last checkpoint of a run.

    Attributes:
        config_name: File name of the config; ``checkpoint_name`` is that of the checkpoint.
        state_dict: Weights of the distiller, without the teacher's.
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
        CheckpointError: If the directory holds no complete checkpoint of a training.
    """
    dumped = sorted(work_dir.glob('*.py'), key=lambda path: path.stat().st_mtime_ns)
    if not dumped:
        raise ConfigError(f'{work_dir} holds no config: give the work directory of a run of tools/train.py.')
    path = find_latest_checkpoint(work_dir)
    if path is None:
        raise CheckpointError(f'{work_dir} holds no checkpoint (epoch_*.pth or iter_*.pth): let the run write one.')
    checkpoint = load_checkpoint(path)
    check_weights_part(str(path), checkpoint)
    config = load_config_file(dumped[-1])
    init_default_scope(config.get('default_scope', SCOPE))
    meta, hub = checkpoint.get('meta'), checkpoint.get('message_hub')
    if not (
        isinstance(meta, dict) and isinstance(hub, dict) and {'iter', 'seed'} <= set(meta) and 'log_scalars' in hub
    ):
        raise CheckpointError(f'{path} holds no history of a training: give the work directory of tools/train.py.')
    return TrainedRun(
        config,
        dumped[-1].name,
        path.name,
        checkpoint['state_dict'],
        meta['iter'],
        meta['seed'],
        read_history(hub['log_scalars']),
        averaged='ema_state_dict' in checkpoint,
    )


def model_of(run: TrainedRun) -> type | None:
    """Return the class of the model that a run trained; None if no installed library has it."""
    return find_model_class(run.config.model.type, run.config.get('default_scope', SCOPE))


def distils_features(run: TrainedRun) -> bool:
    """Return whether a run trained a feature distiller, so that student and teacher blocks can be compared."""
    return issubclass(model_of(run) or object, FeatureDistiller)


def untrained_distiller(run: TrainedRun) -> FeatureDistiller:
    """Build the feature distiller as it was before its first step; see :func:`untrained_model`."""
    return untrained_model(run, FeatureDistiller)


def trained_distiller(run: TrainedRun) -> FeatureDistiller:
    """Build the feature distiller with its trained weights, in eval mode, on the CPU.

    Raises:
        ConfigError: If the run trained another kind of model.
        CheckpointError: If the weights do not fit the model.
    """
    distiller = untrained_distiller(run)
    load_trained(distiller, run)
    return distiller


def untrained_model(run: TrainedRun, kind: type[D]) -> D:
    """Build the distiller as it was before its first step, in eval mode, on the CPU.

    Like the Runner, this sets the seed directly before it builds the model.

    Raises:
        ConfigError: If the run trained a model that is not a ``kind``.
    """
    if not issubclass(model_of(run) or object, kind):
        raise ConfigError(
            f'{run.config_name} trained a {run.config.model.type}, and a {kind.__name__} is needed here; its student, '
            'if it has one, is the student.pth in its work directory.'
        )
    model = run.config.model.copy()
    model.pop('teacher_dtype', None)  # measurements and pictures use full precision
    set_random_seed(run.seed)
    distiller: D = MODELS.build(model)
    distiller.init_weights()
    distiller.eval()
    return distiller


def load_trained(distiller: Distiller, run: TrainedRun) -> None:
    """Load the weights of the run.

    Raises:
        CheckpointError: If the weights do not fit the distiller.
    """
    try:
        distiller.load_state_dict(run.state_dict, strict=True)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())[:300]
        raise CheckpointError(f'{run.checkpoint_name} does not fit the model of its config: {reason}') from error
