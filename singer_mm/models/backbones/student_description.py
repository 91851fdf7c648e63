"""The description in a student file: it may hold data, but no code, address or path."""

import inspect
import math
import re
from collections.abc import Mapping
from typing import Any

import timm
import torch
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.utils.error_text import reason_of

STUDENT_FORMAT = 'singer_mm.student'
"""Value of ``format`` in a student file written by :mod:`singer_mm.models.backbones.student_export`."""

TIMM_KWARGS = frozenset(
    name for family in (VisionTransformer, Eva) for name in inspect.signature(family).parameters
) - {'device', 'dtype'}
"""Arguments that define an architecture, without those that make timm fetch or open something (``pretrained``,
``pretrained_cfg``, ``pretrained_cfg_overlay``, ``checkpoint_path``, ``cache_dir`` ...)."""

MAX_SIDE = 1 << 14
"""Largest number in ``timm_kwargs``: no ViT has more channels, blocks or pixels per side."""

MAX_BUFFER = 1 << 28
"""Largest number of elements in the buffers that a network computes itself (rotary embeddings)."""

SMALLEST_STD = 1e-3
"""Smallest standard deviation, for images in [0, 1]; one grey level of 255 is four times as much."""

_NAME = re.compile(r'[A-Za-z0-9_]{1,100}(\.[A-Za-z0-9_]{1,100})?')
_WORD = re.compile(r'[A-Za-z0-9_]{0,64}')


def is_plain_name(name: Any) -> bool:
    """Return whether ``name`` can only refer to timm's own models: no ``hf-hub:``, no ``local-dir:``."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def read_description(
    path: str, content: Mapping[str, Any], state_dict: Mapping[str, Tensor]
) -> tuple[dict[str, Any], tuple[tuple[float, ...], tuple[float, ...]]]:
    """Check the description in a student file, and that its tensors fit the network that it names.

    The network is first built without memory, on torch's meta device.

    Args:
        path: File, for messages.
        content: Its ``architecture`` and ``normalization``.
        state_dict: Its tensors.

    Returns:
        The architecture: ``model_name`` and ``timm_kwargs`` for ``timm.create_model``; and the mean and the standard
        deviation of each channel, for images in [0, 1].

    Raises:
        CheckpointError: If a field is missing, of a wrong type or not allowed, or if the tensors do not fit.
    """
    architecture = content.get('architecture')
    if not isinstance(architecture, Mapping):
        raise CheckpointError(f'{path}: architecture is {_shown(architecture)}, but must hold model_name, timm_kwargs.')
    model_name, timm_kwargs = architecture.get('model_name'), architecture.get('timm_kwargs')
    if not isinstance(model_name, str) or not is_plain_name(model_name):
        raise CheckpointError(
            f'{path}: architecture.model_name is {_shown(model_name)}; allowed in a file: the plain name of a timm '
            'model such as vit_tiny_patch16_224.'
        )
    if not isinstance(timm_kwargs, Mapping):
        raise CheckpointError(f'{path}: architecture.timm_kwargs is {_shown(timm_kwargs)}, but must be a dict.')
    for name, value in timm_kwargs.items():
        if name not in TIMM_KWARGS:
            raise CheckpointError(
                f'{path}: architecture.timm_kwargs.{name} is not allowed in a file; allowed: '
                f'{", ".join(sorted(TIMM_KWARGS))}.'
            )
        if not _is_plain(value):
            raise CheckpointError(
                f'{path}: architecture.timm_kwargs.{name} is {_shown(value)}; allowed: None, booleans, words and '
                f'numbers up to {MAX_SIDE}, alone or in a list.'
            )
    normalization = _normalization(path, content, timm_kwargs.get('in_chans', 3))
    _check_shapes(path, model_name, timm_kwargs, state_dict)
    return dict(model_name=model_name, timm_kwargs=dict(timm_kwargs)), normalization


def _is_plain(value: Any, inside: bool = False) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        return math.isfinite(value) and abs(value) <= MAX_SIDE
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return (
        isinstance(value, (list, tuple)) and not inside and len(value) <= 64 and all(_is_plain(v, True) for v in value)
    )


def _normalization(path: str, content: Mapping[str, Any], channels: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    value = content.get('normalization')
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(_is_numbers(numbers) for numbers in value):
        mean, std = value
        in_range = all(0 <= number <= 1 for number in mean) and all(SMALLEST_STD <= number <= 1 for number in std)
        if len(mean) == len(std) == channels and in_range:
            return tuple(mean), tuple(std)
    raise CheckpointError(
        f'{path}: normalization is {_shown(value)}, but must be two lists, the mean and the standard deviation of each '
        f'of {channels} channels, for images in [0, 1]: means from 0 to 1, deviations from {SMALLEST_STD} to 1.'
    )


def _is_numbers(values: Any) -> bool:
    return (
        isinstance(values, (list, tuple))
        and 1 <= len(values) <= 64
        and all(type(number) in (int, float) and math.isfinite(number) for number in values)
    )


def _check_shapes(path: str, model_name: str, timm_kwargs: Mapping[str, Any], state_dict: Mapping[str, Tensor]) -> None:
    depth = timm_kwargs.get('depth') or 0
    if not isinstance(depth, int) or depth > len(state_dict):
        raise CheckpointError(
            f'{path}: architecture.timm_kwargs.depth is {depth}, but it has {len(state_dict)} tensors.'
        )
    if not timm.is_model(model_name):
        raise CheckpointError(
            f'{path}: architecture.model_name is {model_name!r}, which timm {timm.__version__} does not have; update '
            'timm, or use the file of another model.'
        )
    try:
        with torch.device('meta'):
            vit = timm.create_model(model_name, **timm_kwargs)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(f'{path}: timm cannot build its architecture ({reason_of(error)}).') from error
    if sum(buffer.numel() for buffer in vit.buffers()) > MAX_BUFFER:
        raise CheckpointError(f'{path}: architecture.timm_kwargs asks for buffers of more than {MAX_BUFFER} elements.')
    expected = {name: tuple(value.shape) for name, value in vit.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in state_dict.items()}
    for name in (*expected, *found):
        if expected.get(name) != found.get(name):
            raise CheckpointError(
                f'{path}: its tensors are not those of its architecture ({name} is {found.get(name, "missing")}, but '
                f'{model_name} has {expected.get(name, "none")}); export the student again.'
            )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f'{text[:100]}...'
