"""Every argument of every class of ours, and every key of the table, with values that cannot be meant."""

import copy
import importlib
import inspect
import math
import pkgutil
import re
import types
import typing
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from conftest import ROOT
from faults.fault_case import FaultCase
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner

import singer_mm
import singer_mm.registry as registries
from singer_mm.engine.config import check_config, check_values
from singer_mm.engine.config.value_ranges import KEYS

OURS = 'singer_mm.'
BUILT_BY_CODE = {'self', 'runner', 'dataloader', 'cfg', 'args', 'kwargs'}
WRONG: dict[type, list[Any]] = {
    int: ['8', 1.5, math.nan, [1], {'a': 1}, True],
    float: ['0.1', math.nan, math.inf, [0.1], {'a': 1}],
    bool: ['yes', 1, [True], {}],
    str: [2024, ['a'], 1.5],
    list: [3, 'abc', {'a': 1}],
    dict: [3, 'abc', [1]],
}
ANY_NUMBER = {
    # Arguments that may be negative: places counted from the end, and values that are anybody's choice.
    'out_indices', 'in_index', 'ignore_index', 'priority', 'pad_val', 'seg_pad_val', 'mean', 'std', 'lambd',
    'min_depth', 'shift',
}  # fmt: skip


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    yield from arguments_of_ours()
    yield from keys_of_the_table()


@cache
def whole() -> dict[str, Any]:
    """A config that passes."""
    cfg: dict[str, Any] = Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py').to_dict()
    return cfg


def checked_part(value: dict[str, Any]) -> Any:
    """Check a small config that has this part; return the part where it passes."""
    cfg = Config(dict(model=dict(type='singer_mm.SiNGERDistiller'), checked_part=value))
    check_values(cfg)
    check_config(cfg)
    return value


def checked_key(path: str, value: Any) -> Any:
    """Put a value into the config of a training and check it; return the value where it passes."""
    cfg = Config(copy.deepcopy(whole()))
    owner: Any = cfg
    *parents, last = path.split('.')
    for part in parents:
        if isinstance(owner, list):
            owner = owner[int(part)]
        else:
            if not isinstance(owner.get(part), (dict, list)):
                owner[part] = {}
            owner = owner[part]
    owner[int(last) if isinstance(owner, list) else last] = value
    check_values(cfg)
    check_config(cfg)
    return value


def arguments_of_ours() -> Iterator[FaultCase]:
    """Give each annotated argument of each registered class a value of another type."""
    for name, cls in sorted(classes().items()):
        for parameter, hint in parameters_of_ours(cls).items():
            kinds = plain_kinds(hint)
            if not kinds:
                continue
            values = [v for kind in kinds for v in WRONG[kind] if not any(belongs(v, other) for other in kinds)]
            if kinds & {int, float} and parameter not in ANY_NUMBER:
                values.append(-7)
            for value in dict.fromkeys(map(repr, values)):
                value = next(v for v in values if repr(v) == value)
                config = {'type': f'{OURS}{name}', parameter: value}
                yield FaultCase(
                    f'{name}.{parameter} = {value!r}',
                    lambda folder, config=config: checked_part(config),
                    None,
                    (parameter,),
                )


def parameters_of_ours(cls: type) -> dict[str, Any]:
    """Return the annotations of a class's arguments by name; a ``**kwargs`` takes those of the next class of ours."""
    found: dict[str, Any] = {}
    for base in inspect.getmro(cls):
        function = vars(base).get('__init__')
        if function is None:
            continue
        if not base.__module__.startswith(OURS):
            break  # the arguments of a library's class: its annotations are not ours to trust
        hints, parameters = typing.get_type_hints(function), inspect.signature(function).parameters.values()
        kinds = {parameter.kind for parameter in parameters}
        for parameter in parameters:
            if parameter.name not in BUILT_BY_CODE and parameter.kind is not parameter.VAR_POSITIONAL:
                found.setdefault(parameter.name, hints.get(parameter.name))
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return found


def classes() -> dict[str, type]:
    """Return our registered classes by name; a module registers its classes when it is imported, so all are."""
    for module in pkgutil.walk_packages(singer_mm.__path__, OURS):
        importlib.import_module(module.name)
    found = {}
    for registry in vars(registries).values():
        if isinstance(registry, Registry):
            registry.import_from_location()
            for name, cls in registry.module_dict.items():
                # The Runner's arguments are the keys of a config.
                if inspect.isclass(cls) and cls.__module__.startswith(OURS) and not issubclass(cls, Runner):
                    found[name] = cls
    return found


def plain_kinds(hint: Any) -> set[type]:
    """Return the plain types that an annotation allows; none where it allows others, too."""
    if hint in (int, float, bool, str):
        return {hint}
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [plain_kinds(part) for part in typing.get_args(hint) if part is not type(None)]
        return set().union(*parts) if all(parts) else set()
    if origin in (list, tuple, Sequence):
        return {list}
    return {dict} if origin is dict else set()


def belongs(value: Any, kind: type) -> bool:
    """Tell whether a value is of a kind, as a config means it."""
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, (list, tuple) if kind is list else kind)


def keys_of_the_table() -> Iterator[FaultCase]:
    """Give each key of the table what nothing can be."""
    for pattern, allowed in ((name, allowed) for row, allowed in KEYS.items() for name in expanded(row)):
        path = pattern.replace('optim_wrapper**.', 'optim_wrapper.').replace('param_scheduler**.', 'param_scheduler.0.')
        path = path.replace('**.pipeline**.', 'train_dataloader.dataset.pipeline.1.').replace('**.*_mult', '.lr_mult')
        path = path.replace('**.', 'train_dataloader.dataset.').replace('*_dataloader', 'train_dataloader')
        path = path.replace('*_evaluator', 'val_evaluator').replace('default_hooks.*', 'default_hooks.logger')
        for value in ('\x00', math.nan, -7, -0.5, [[]], {'a': {}}, [None], 10**400):
            if value not in allowed:
                yield FaultCase(
                    f'{path} = {str(value)[:20]!r}',
                    lambda folder, path=path, value=value: checked_key(path, value),
                    None,
                    (path.split('.')[0],),
                )


def expanded(pattern: str) -> list[str]:
    """Return ``a_b`` and ``a_c`` for ``a_{b,c}``."""
    match = re.fullmatch(r'(.*?)\{(.*?)\}(.*)', pattern)
    if match is None:
        return [pattern]
    before, names, after = match.groups()
    return [f'{before}{name}{rest}' for name in names.split(',') for rest in expanded(after)]
