"""Weights from a file into a timm model, with an account of every key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from safetensors import SafetensorError, safe_open
from timm.models import eva, vision_transformer
from torch import Tensor, nn

from singer_mm.errors import CheckpointError
from singer_mm.utils.checkpoint_io import load_checkpoint

STUDENT_FORMAT = 'singer_mm.student'
"""Value of ``format`` in a student file written by :mod:`singer_mm.models.backbones.student_export`."""

CLASSIFIER_PREFIXES = ('head.', 'head_dist.')
"""Keys a weight file may have beyond the backbone's: a backbone carries no classifier."""


@dataclass(frozen=True)
class WeightFile:
    """What a weight file says.

    Attributes:
        path: The file.
        state_dict: Its tensors by name.
        architecture: ``model_name`` and ``timm_kwargs``, if it is a student exported by us.
        normalization: ``(mean, std)``, if it is a student exported by us.
    """

    path: str
    state_dict: dict[str, Tensor]
    architecture: dict[str, Any] | None = None
    normalization: tuple[tuple[float, ...], tuple[float, ...]] | None = None


@dataclass(frozen=True)
class LoadReport:
    """Which keys went where.

    Attributes:
        source: Where the weights come from.
        num_loaded: Number of tensors loaded.
        ignored: Keys of the source that a backbone has no use for (its classifier).
    """

    source: str
    num_loaded: int
    ignored: tuple[str, ...] = ()


def read_weight_file(path: str) -> WeightFile:
    """Read a ``.pth`` or ``.safetensors`` file without executing anything in it.

    Raises:
        CheckpointError: If the file is missing, truncated, unsafe or holds no weights.
    """
    if Path(path).suffix == '.safetensors':
        return _read_safetensors(path)
    content = load_checkpoint(path)
    if content.get('format') == STUDENT_FORMAT:
        return WeightFile(path, content['state_dict'], content['architecture'], _as_tuples(content['normalization']))
    for key in ('state_dict_ema', 'state_dict', 'model_ema', 'model', 'teacher'):
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    if not any(isinstance(value, Tensor) for value in content.values()):
        raise CheckpointError(f'{path} holds no weights; its keys are {", ".join(map(str, list(content)[:8]))}.')
    return WeightFile(path, content)


def _read_safetensors(path: str) -> WeightFile:
    if not Path(path).is_file():
        raise CheckpointError(f'checkpoint {path} does not exist; check the path.')
    try:
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
            state_dict = {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise CheckpointError(f'{path} is truncated or no safetensors file ({error}); fetch it again.') from error
    if metadata.get('format') == STUDENT_FORMAT:
        description = json.loads(metadata['description'])
        return WeightFile(path, state_dict, description['architecture'], _as_tuples(description['normalization']))
    return WeightFile(path, state_dict)


def _as_tuples(normalization: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean, std = normalization
    return tuple(mean), tuple(std)


def load_weights(vit: nn.Module, weight_file: WeightFile, name: str) -> LoadReport:
    """Load a weight file into a timm model; every backbone key must be met, in name and shape.

    timm's own filter converts known foreign layouts and resamples position and patch embeddings.

    Args:
        vit: timm ``VisionTransformer`` or ``Eva``.
        weight_file: From :func:`read_weight_file`.
        name: What to call the model in messages.

    Raises:
        CheckpointError: If keys are missing, unexpected (the classifier apart) or of another shape.
    """
    timm_module = eva if isinstance(vit, eva.Eva) else vision_transformer
    try:
        source = timm_module.checkpoint_filter_fn(dict(weight_file.state_dict), vit)
    except (KeyError, RuntimeError, AssertionError, ValueError, AttributeError) as error:
        # The filter resamples before anybody has compared architectures, so it trips over foreign files.
        raise CheckpointError(f'{weight_file.path} does not fit {name}: {error}.') from error
    target = vit.state_dict()

    ignored = tuple(key for key in source if key.startswith(CLASSIFIER_PREFIXES) and key not in target)
    source = {key: value for key, value in source.items() if key not in ignored}
    missing = [key for key in target if key not in source]
    unexpected = [key for key in source if key not in target]
    misshapen = [key for key in target if key in source and target[key].shape != source[key].shape]
    print_log(
        f'{name}: {len(target) - len(missing) - len(misshapen)} of {len(target)} tensors loaded from '
        f'{weight_file.path}; missing: {_shorten(missing)}; unexpected: {_shorten(unexpected)}; '
        f'classifier left out: {_shorten(list(ignored))}',
        logger='current',
    )
    if missing or unexpected or misshapen:
        shapes = [f'{key} {tuple(source[key].shape)} instead of {tuple(target[key].shape)}' for key in misshapen]
        raise CheckpointError(
            f'{weight_file.path} does not fit {name}: missing {_shorten(missing)}; unexpected '
            f'{_shorten(unexpected)}; other shape {_shorten(shapes)}. Give the model_name and arguments that the '
            'file was made with.'
        )
    vit.load_state_dict(source, strict=True)
    return LoadReport(weight_file.path, len(target), ignored)


def _shorten(keys: list[str], limit: int = 3) -> str:
    if not keys:
        return 'none'
    return ', '.join(keys[:limit]) + (f' and {len(keys) - limit} more' if len(keys) > limit else '')
