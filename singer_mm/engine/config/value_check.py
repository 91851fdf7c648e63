"""Find values that cannot work before anything is built."""

import inspect
import operator
import re
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.registry import RUNNERS

from .allowed import FLAG, MAPPING, NONE, TEXT, Allowed, list_of, number, whole
from .nested_values import nested_values
from .value_ranges import ARGUMENTS, KEYS

OURS = 'singer_mm.'
PLACEHOLDER = 'backbone.'
TOGETHER = (
    ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    ('val_dataloader', 'val_cfg', 'val_evaluator'),
    ('test_dataloader', 'test_cfg', 'test_evaluator'),
)


def check_values(cfg: Config) -> None:
    """Check the keys of :data:`KEYS`, and that a loop has all keys that it needs.

    Placeholders for properties of a backbone pass.

    Raises:
        ConfigError: At the first value that is not allowed, with key, value and allowed values.
    """
    if cfg.get('model') is None:
        raise ConfigError(f'{cfg.filename or "the config"} has no model; a config states model=dict(type=...).')
    runner = cfg.get('runner_type')
    if isinstance(runner, str) and RUNNERS.get(runner) is None:
        raise ConfigError(f"runner_type is {runner!r}, which no registry knows; ours is 'singer_mm.SafeRunner'.")
    for group in TOGETHER:
        there = [key for key in group if cfg.get(key) is not None]
        missing = [key for key in group if key not in there]
        if there and missing:
            raise ConfigError(f'{missing[0]} is missing beside {", ".join(there)}; state all of them, or none.')
    for path, value in nested_values(cfg.to_dict()):
        for pattern, allowed in KEYS.items():
            if _pattern(pattern).fullmatch(path):
                _check(path, value, allowed)


def check_arguments(path: str, value: Mapping[str, Any], classes: Sequence[Any]) -> None:
    """Check the arguments in a dict with a type for ``classes``: usually one class, the one with the type's name.

    Raises:
        ConfigError: At the first value that none of them allows.
    """
    for name in value:
        allowed = [_argument(cls, name) for cls in classes]
        known = [one for one in allowed if one is not None]
        if known and len(known) == len(allowed) and not any(value[name] in one for one in known):
            _check(f'{path}.{name}', value[name], known[0])


def _check(path: str, value: Any, allowed: Allowed) -> None:
    if not (isinstance(value, str) and value.startswith(PLACEHOLDER)):
        allowed.check(path, value)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    syntax = {'**': '.*', '*': '[^.]*', '{': '(?:', ',': '|', '}': ')'}
    parts = re.split(r'(\*\*|[*{,}])', pattern)
    return re.compile(''.join(syntax.get(part, re.escape(part)) for part in parts))


@cache
def _argument(cls: Any, name: str) -> Allowed | None:
    """Return what the table, or else our annotation, allows for an argument of a class; None if neither knows it."""
    bases = inspect.getmro(cls) if inspect.isclass(cls) else (cls,)
    for base in bases:
        if name in ARGUMENTS.get(base.__name__, {}):
            return ARGUMENTS[base.__name__][name]
    for base in bases:
        function = vars(base).get('__init__') if inspect.isclass(base) else base
        if function is not None and base.__module__.startswith(OURS):
            parameter = inspect.signature(function).parameters.get(name)
            if parameter is not None and parameter.kind is not parameter.VAR_KEYWORD:
                return _annotated(typing.get_type_hints(function).get(name))
    return None


def _annotated(hint: Any) -> Allowed | None:
    """Return what an annotation allows: numbers, text, flags, dicts, lists of these, and unions; None for others."""
    simple = {int: whole(), float: number(), bool: FLAG, str: TEXT, types.NoneType: NONE}
    if hint in simple:
        return simple[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (dict, Mapping):
        return MAPPING
    if origin in (typing.Union, types.UnionType):
        # An object of a class (a backbone built by hand) stands beside the dict that describes it.
        arguments = tuple(argument for argument in arguments if not _is_plain_class(argument))
        parts = [_annotated(argument) for argument in arguments]
        return reduce(operator.or_, parts) if parts and None not in parts else None
    is_tuple = origin is tuple and Ellipsis not in arguments and len(set(arguments)) == 1
    entries = _annotated(arguments[0]) if is_tuple or origin in (list, Sequence) else None
    if entries is None:
        return None
    return list_of(entries, len(arguments)) if is_tuple else list_of(entries, empty=True)


def _is_plain_class(hint: Any) -> bool:
    return inspect.isclass(hint) and typing.get_origin(hint) is None and hint not in (int, float, bool, str, type(None))
