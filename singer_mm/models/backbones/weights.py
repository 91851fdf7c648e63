"""Load weights from a file into a timm model, and report every key."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from safetensors import SafetensorError, safe_open
from timm.models import eva, vision_transformer
from torch import Tensor, nn

from singer_mm.errors import CheckpointError
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.weight_kinds import check_weights
from singer_mm.utils.weights_digest import weights_digest

from .student_description import STUDENT_FORMAT, read_description
from .weight_names import plain_names, shared_prefix

CLASSIFIER_PREFIXES = ('head.', 'head_dist.')
"""Keys that a weight file may have in addition to the backbone's: a backbone has no classifier."""


@dataclass(frozen=True)
class WeightFile:
    """Content of a weight file.

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
    """Which keys of a weight file were loaded.

    Attributes:
        source: Where the weights come from.
        num_loaded: Number of tensors loaded.
        ignored: Keys of the source that the backbone does not need: the classifier, and everything outside it.
    """

    source: str
    num_loaded: int
    ignored: tuple[str, ...] = ()


def read_weight_file(path: str) -> WeightFile:
    """Read a ``.pth`` or ``.safetensors`` file without executing anything in it.

    Raises:
        CheckpointError: If the file is missing, truncated, damaged, unsafe or holds no weights, or if the description
            of a student file is wrong or contains code, an address or a path.
    """
    return read_safetensors(path) if Path(path).suffix == '.safetensors' else read_torch_file(path)


def read_torch_file(path: str) -> WeightFile:
    """Read a file of ``torch.save``, whatever its suffix; see :func:`read_weight_file`."""
    content: dict[str, Any] = load_checkpoint(path)
    if content.get('format') == STUDENT_FORMAT:
        state_dict = content.get('state_dict')
        if not isinstance(state_dict, dict):
            raise CheckpointError(f'{path}: state_dict must be a dict of tensors; export the student again.')
        other = next((name for name, value in state_dict.items() if not isinstance(value, Tensor)), None)
        if other is not None:
            raise CheckpointError(f'{path}: state_dict.{other} must be a tensor; export the student again.')
        return _student(path, content, state_dict)
    for key in ('state_dict_ema', 'state_dict', 'model_ema', 'model', 'teacher'):
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    weights = {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}
    if not weights:
        raise CheckpointError(f'{path} holds no weights; its keys are {", ".join(map(str, list(content)[:8]))}.')
    return WeightFile(path, weights)


def read_safetensors(path: str) -> WeightFile:
    """Read a file of safetensors, whatever its suffix; see :func:`read_weight_file`."""
    if not Path(path).is_file():
        raise CheckpointError(f'checkpoint {path} does not exist; check the path.')
    try:
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
            state_dict = {key: file.get_tensor(key) for key in file.keys()}
    except (SafetensorError, OSError, KeyError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(f'{path} is truncated or no safetensors file ({reason}); fetch it again.') from error
    if metadata.get('format') != STUDENT_FORMAT:
        return WeightFile(path, state_dict)
    digest = metadata.get('weights_digest')  # safetensors has no checksums; files of older versions carry none
    if digest is not None and digest != weights_digest(state_dict):
        raise CheckpointError(f'{path} is damaged: its tensors have another digest than it says; copy it again.')
    try:
        description = json.loads(metadata.get('description', ''))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f'{path}: description is no JSON; export the student again.') from error
    if not isinstance(description, dict):
        raise CheckpointError(f'{path}: description must be a JSON object; export the student again.')
    return _student(path, description, state_dict)


def _student(path: str, content: dict[str, Any], state_dict: dict[str, Tensor]) -> WeightFile:
    description = read_description(path, content, state_dict)
    architecture = dict(model_name=description.model_name, timm_kwargs=description.timm_kwargs)
    return WeightFile(path, state_dict, architecture, description.normalization)


def load_weights(vit: nn.Module, weight_file: WeightFile, name: str) -> LoadReport:
    """Load a weight file into a timm model; every key of the backbone must be there, in name and shape.

    timm's own filter converts known foreign layouts and resamples position and patch embeddings.

    Args:
        vit: timm ``VisionTransformer`` or ``Eva``.
        weight_file: From :func:`read_weight_file`.
        name: Name of the model in messages.

    Raises:
        CheckpointError: If keys are missing, unexpected (except the classifier) or of another shape, or if a tensor is
            not dense, finite and floating-point.
    """
    target = vit.state_dict()
    origin = plain_names(weight_file.path, weight_file.state_dict, target)
    plain = {name: weight_file.state_dict[old] for name, old in origin.items()}
    outside = sorted(set(weight_file.state_dict) - set(origin.values()))
    check_weights(weight_file.path, plain, target)
    timm_module = eva if isinstance(vit, eva.Eva) else vision_transformer
    try:
        source = timm_module.checkpoint_filter_fn(dict(plain), vit)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # The filter resamples before architectures are compared, so other files make it fail.
        raise CheckpointError(f'{weight_file.path} does not fit {name}: {error}.') from error
    check_weights(weight_file.path, {key: source[key] for key in source if key not in plain}, target)

    ignored = tuple(key for key in source if key.startswith(CLASSIFIER_PREFIXES) and key not in target)
    source = {key: value for key, value in source.items() if key not in ignored}
    ignored = (*outside, *ignored)
    missing = [key for key in target if key not in source]
    unexpected = [key for key in source if key not in target]
    misshapen = [key for key in target if key in source and target[key].shape != source[key].shape]
    print_log(
        f'{name}: {len(target) - len(missing) - len(misshapen)} of {len(target)} tensors loaded from '
        f'{weight_file.path}; missing: {shorten(missing)}; unexpected: {shorten(unexpected)}; '
        f'left out: {shorten(ignored)}',
        logger='current',
    )
    if missing or unexpected or misshapen:
        shapes = [f'{key} {tuple(source[key].shape)} instead of {tuple(target[key].shape)}' for key in misshapen]
        raise CheckpointError(
            f'{weight_file.path} does not fit {name}: missing {shorten(missing)}; unexpected '
            f'{shorten(unexpected)}; other shape {shorten(shapes)}. {_remedy(plain, len(missing) == len(target))}'
        )
    vit.load_state_dict(source, strict=True)
    return LoadReport(weight_file.path, len(target), ignored)


def _remedy(names: dict[str, Tensor], nothing_known: bool) -> str:
    prefix = shared_prefix(names)
    if nothing_known and prefix:
        return (
            f'All its names begin with {prefix + "."!r}: save the backbone without it (a student of ours: '
            'tools/model_converters/export_student.py).'
        )
    return 'Give the model_name and arguments that the file was made with.'


def shorten(keys: Sequence[str], limit: int = 3) -> str:
    """Return the first keys and the number of further ones, for messages."""
    if not keys:
        return 'none'
    return ', '.join(keys[:limit]) + (f' and {len(keys) - limit} more' if len(keys) > limit else '')
