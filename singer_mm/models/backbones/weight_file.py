"""Read weights from a file without executing anything in it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.error_text import reason_of
from singer_mm.utils.weights_digest import weights_digest

from .student_description import STUDENT_FORMAT, read_description


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
        return WeightFile(path, state_dict, *read_description(path, content, state_dict))
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
        raise CheckpointError(
            f'{path} is truncated or no safetensors file ({reason_of(error)}); fetch it again.'
        ) from error
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
    return WeightFile(path, state_dict, *read_description(path, description, state_dict))
