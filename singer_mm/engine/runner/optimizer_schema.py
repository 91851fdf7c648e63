"""What of an optimizer a training checkpoint must hold, so that the next step can be taken."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor
from torch.optim import Optimizer

from singer_mm.errors import CheckpointError


def check_optimizer(path: str, saved: Mapping[str, Any], wrapper: OptimWrapper | OptimWrapperDict) -> None:
    """See that a saved optimizer has the groups, the parameters and the state of the run's.

    torch compares the number of groups and parameters only: a state of another shape, or none at all, passes, and the
    next step fails, or begins with empty moments.

    Args:
        path: File, for messages.
        saved: Its ``optimizer``.
        wrapper: That of the run.

    Raises:
        CheckpointError: If something is missing, or of another type or shape.
    """
    if isinstance(wrapper, OptimWrapperDict):
        for name, part in wrapper.items():
            if not isinstance(saved.get(name), dict):
                raise CheckpointError(f'{path}: optimizer.{name} is missing; resume with the config of that run.')
            check_optimizer(path, saved[name], part)
        return
    for key, kind in (('param_groups', list), ('state', dict)):
        if not isinstance(saved.get(key), kind):
            raise CheckpointError(
                f'{path} does not fit the optimizer of this config: optimizer.{key} is a '
                f'{type(saved.get(key)).__name__}, but must be a {kind.__name__}.'
            )
    optimizer = wrapper.optimizer
    parameters = _check_groups(path, saved['param_groups'], optimizer)
    expected = _example_state(optimizer)
    for index, state in saved['state'].items():
        if index not in parameters:
            raise CheckpointError(f'{path}: optimizer.state.{index} is of no parameter in optimizer.param_groups.')
        _check_state(f'{path}: optimizer.state.{index}', state, expected, parameters[index])
    if expected and not saved['state']:
        raise CheckpointError(
            f'{path}: optimizer.state is empty, so that no training can go on from it; begin anew from its weights '
            'with load_from.'
        )


def _check_groups(path: str, saved: list[Any], optimizer: Optimizer) -> dict[Any, Tensor]:
    """Return the parameters of the run by the number that the file gives them."""
    sizes = [len(group['params']) for group in optimizer.param_groups]
    found = [len(group['params']) if _is_group(group) else None for group in saved]
    if found != sizes:
        raise CheckpointError(
            f'{path} does not fit the optimizer of this config: optimizer.param_groups have {found} parameters, but '
            f'must have {sizes}; resume with the config that lies in the work directory.'
        )
    parameters: dict[Any, Tensor] = {}
    for number, (group, own) in enumerate(zip(saved, optimizer.param_groups, strict=True)):
        for key, value in own.items():
            if not _is_alike(group.get(key), value):
                shown = repr(group.get(key, 'missing'))[:80]
                raise CheckpointError(
                    f'{path}: optimizer.param_groups.{number}.{key} is {shown}, where this config has {value!r}.'
                )
        parameters.update(zip(group['params'], own['params'], strict=True))
    return parameters


def _is_group(group: Any) -> bool:
    return isinstance(group, dict) and isinstance(group.get('params'), list)


def _is_alike(found: Any, value: Any) -> bool:
    if isinstance(value, (tuple, list)) and not any(isinstance(entry, Tensor) for entry in value):  # betas
        return isinstance(found, (list, tuple)) and len(found) == len(value) and all(map(_is_alike, found, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):  # lr, weight_decay
        return isinstance(found, (int, float)) and not isinstance(found, bool) and math.isfinite(found)
    return True  # flags, which torch fills in where an older version has written none


def _example_state(optimizer: Optimizer) -> dict[str, Any]:
    """Return what one of torch's optimizers keeps of a parameter with two entries after a step; nothing of others."""
    if not type(optimizer).__module__.startswith('torch.optim.'):
        return {}
    parameter = torch.zeros(2, requires_grad=True)
    parameter.grad = torch.zeros(2)
    allowed = inspect.signature(type(optimizer)).parameters
    example: Any = type(optimizer)([parameter], **{k: v for k, v in optimizer.defaults.items() if k in allowed})
    example.step()
    return {key: value for key, value in example.state[parameter].items() if value is not None}


def _check_state(name: str, state: Any, expected: Mapping[str, Any], parameter: Tensor) -> None:
    if not isinstance(state, dict):
        raise CheckpointError(f'{name} is a {type(state).__name__}, but must be a dict.')
    for key, example in expected.items():
        value = state.get(key)
        shape = tuple(parameter.shape) if isinstance(example, Tensor) and example.dim() else ()
        if isinstance(example, Tensor):
            fits = isinstance(value, Tensor) and tuple(value.shape) == shape and not value.is_complex()
        else:
            fits = isinstance(value, type(example))
        if not fits:
            found = f'of shape {tuple(value.shape)}' if isinstance(value, Tensor) else f'a {type(value).__name__}'
            wanted = f'a tensor of shape {shape}' if isinstance(example, Tensor) else f'a {type(example).__name__}'
            raise CheckpointError(f'{name}.{key} is {found}, but must be {wanted}.')
