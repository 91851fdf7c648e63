"""What a training checkpoint must hold of an optimizer, so that the next step can be taken."""

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor
from torch.optim import Optimizer

from singer_mm.engine.config.allowed import Allowed, instance, number
from singer_mm.errors import CheckpointError


def check_optimizer(path: str, saved: Mapping[str, Any], wrapper: OptimWrapper | OptimWrapperDict) -> None:
    """Check that the ``optimizer`` in the file ``path`` has the groups, parameters and state of the run's optimizer.

    torch compares only the number of groups and parameters. It accepts a state of another shape, or no state, and then
    the next step fails or starts with empty moments.

    Raises:
        CheckpointError: If something is missing, or of another type or shape.
    """
    if isinstance(wrapper, OptimWrapperDict):
        for name, part in wrapper.items():
            if not isinstance(saved.get(name), dict):
                raise CheckpointError(f'{path}: optimizer.{name} is missing; resume with the config of its run.')
            check_optimizer(path, saved[name], part)
        return
    for key, kind in (('param_groups', list), ('state', dict)):
        instance(kind).check(f'{path}: optimizer.{key}', saved.get(key), CheckpointError)
    optimizer = wrapper.optimizer
    parameters = _check_groups(path, saved['param_groups'], optimizer)
    expected = _example_state(optimizer)
    for index, state in saved['state'].items():
        if index not in parameters:
            raise CheckpointError(f'{path}: optimizer.state.{index} belongs to no parameter of optimizer.param_groups.')
        _check_state(f'{path}: optimizer.state.{index}', state, expected, parameters[index])
    if expected and not saved['state']:
        raise CheckpointError(
            f'{path}: optimizer.state is empty, so no training can resume from it; start from its weights with '
            'load_from.'
        )


def _check_groups(path: str, saved: list[Any], optimizer: Optimizer) -> dict[Any, Tensor]:
    """Return the parameters of the run by their numbers in the file."""
    sizes = [len(group['params']) for group in optimizer.param_groups]
    lists = [group.get('params') if isinstance(group, dict) else None for group in saved]
    found = [len(params) if isinstance(params, list) else None for params in lists]
    if found != sizes:
        raise CheckpointError(
            f'{path} does not fit the optimizer of this config: optimizer.param_groups have {found} parameters, but '
            f'must have {sizes}; resume with the config in the work directory.'
        )
    parameters: dict[Any, Tensor] = {}
    for index, (group, own) in enumerate(zip(saved, optimizer.param_groups, strict=True)):
        for key, value in own.items():
            if not _is_alike(group.get(key), value):
                shown = repr(group.get(key, 'missing'))[:80]
                raise CheckpointError(
                    f'{path}: optimizer.param_groups.{index}.{key} is {shown}, where this config has {value!r}.'
                )
        parameters.update(zip(group['params'], own['params'], strict=True))
    return parameters


def _is_alike(found: Any, value: Any) -> bool:
    if isinstance(value, (tuple, list)) and not any(isinstance(entry, Tensor) for entry in value):  # betas
        return isinstance(found, (list, tuple)) and len(found) == len(value) and all(map(_is_alike, found, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):  # lr, weight_decay
        return found in number()
    return True  # flags: torch adds those that an older version did not write


def _example_state(optimizer: Optimizer) -> dict[str, Any]:
    """Return the state of a parameter with two entries after a step; nothing for optimizers from outside of torch."""
    if not type(optimizer).__module__.startswith('torch.optim.'):
        return {}
    parameter = torch.zeros(2, requires_grad=True)
    parameter.grad = torch.zeros(2)
    allowed = inspect.signature(type(optimizer)).parameters
    example: Any = type(optimizer)([parameter], **{k: v for k, v in optimizer.defaults.items() if k in allowed})
    example.step()
    return {key: value for key, value in example.state[parameter].items() if value is not None}


def _check_state(name: str, state: Any, expected: Mapping[str, Any], parameter: Tensor) -> None:
    instance(dict).check(name, state, CheckpointError)
    for key, example in expected.items():
        if isinstance(example, Tensor):
            shape = tuple(parameter.shape) if example.dim() else ()
            allowed = Allowed(f'a real tensor of shape {shape}', partial(_is_real_tensor, shape))
        else:
            allowed = instance(type(example))
        allowed.check(f'{name}.{key}', state.get(key), CheckpointError)


def _is_real_tensor(shape: tuple[int, ...], value: Any) -> bool:
    return isinstance(value, Tensor) and tuple(value.shape) == shape and not value.is_complex()
