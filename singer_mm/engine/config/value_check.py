"""Find a value that cannot work before anything is built from it."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.registry import RUNNERS

from .allowed import FLAG, MAPPING, NONE, TEXT, Allowed, list_of, number, optional_list_of, whole
from .value_ranges import ARGUMENTS, KEYS

OURS = 'singer_mm.'
PLACEHOLDER = 'backbone.'
TOGETHER = (
    ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    ('val_dataloader', 'val_cfg', 'val_evaluator'),
    ('test_dataloader', 'test_cfg', 'test_evaluator'),
)


def check_values(cfg: Config) -> None:
    """Check the keys of :data:`KEYS`, and that those that a loop needs are there together.

    Placeholders for what a backbone says pass.

    Raises:
        ConfigError: At the first value that is not allowed, naming key, value and what is.
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
    for path, value in _leaves(cfg.to_dict()):
        for pattern, allowed in KEYS.items():
            if _pattern(pattern).fullmatch(path):
                _check(path, value, allowed)


def check_arguments(path: str, value: Mapping[str, Any], classes: Sequence[Any]) -> None:
    """Check what a dict with a type gives to ``classes``, the one class that its type names, seldom several.

    Raises:
        ConfigError: At the first value that is not allowed by any of them.
    """
    for name in value:
        allowed = [_argument(cls, name) for cls in classes]
        known = [one for one in allowed if one is not None]
        if known and len(known) == len(allowed) and not any(value[name] in one for one in known):
            _check(f'{path}.{name}', value[name], known[0])


def _check(path: str, value: Any, allowed: Allowed) -> None:
    placeholder = isinstance(value, str) and value.startswith(PLACEHOLDER)
    if not placeholder and value not in allowed:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f'{shown[:77]}...'
        raise ConfigError(f'{path} is {shown}; allowed: {allowed.words}.')


def _leaves(value: Any, path: str = '') -> Iterator[tuple[str, Any]]:
    """Yield every value below ``value``, dicts and lists too, with its dotted path; outer ones first."""
    if path:
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, child in children:
        yield from _leaves(child, f'{path}.{key}' if path else str(key))


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r'(\*\*|\*)', pattern)
    return re.compile(''.join({'**': '.*', '*': '[^.]*'}.get(part, re.escape(part)) for part in parts))


@cache
def _argument(cls: Any, name: str) -> Allowed | None:
    """Return what an argument of a class may be, by the table or else by our annotations; None if nothing is known."""
    for base in inspect.getmro(cls) if inspect.isclass(cls) else (cls,):
        if name in ARGUMENTS.get(base.__name__, {}):
            return ARGUMENTS[base.__name__][name]
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
    if origin in (list, Sequence):
        return _entries(optional_list_of, _annotated(arguments[0]))
    if origin is tuple and Ellipsis not in arguments and len(set(arguments)) == 1:
        return _entries(lambda entries: list_of(entries, len(arguments)), _annotated(arguments[0]))
    if origin in (typing.Union, types.UnionType):
        # An object of a class (a backbone built by hand) stands beside the dict that describes it.
        parts = [_annotated(argument) for argument in arguments if not _is_plain_class(argument)]
        known = [part for part in parts if part is not None]
        if parts and len(known) == len(parts):
            union = known[0]
            for part in known[1:]:
                union = union | part
            return union
    return None


def _is_plain_class(hint: Any) -> bool:
    return inspect.isclass(hint) and typing.get_origin(hint) is None and hint not in (int, float, bool, str, type(None))


def _entries(kind: Callable[[Allowed], Allowed], entries: Allowed | None) -> Allowed | None:
    return None if entries is None else kind(entries)
