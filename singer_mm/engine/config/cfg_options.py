"""``--cfg-options``: values of a config from the command line."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.utils import import_modules_from_strings

from singer_mm.errors import ConfigError

from .option_text import parse_option

IMPORTS = 'custom_imports'
_ABSENT = object()


class TextOptions(DictAction):
    """MMEngine's ``DictAction`` (0.10), but values stay text until :func:`merge_options` knows what they replace.

    MMEngine parses them before it knows the config: it deletes spaces, splits at commas, turns the folder 2024 into a
    number, and fails with a traceback if there is no ``=``.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add the options to earlier ones; argparse ends the program if one is not ``KEY=VALUE``."""
        options = dict(getattr(namespace, self.dest, None) or {})
        for option in values or ():
            key, equals, value = option.partition('=')
            if not equals or not all(key.split('.')) or key.split() != [key]:
                raise argparse.ArgumentError(
                    self, f'{option!r} is no KEY=VALUE; write, say, train_cfg.max_epochs=20, without spaces around "=".'
                )
            options[key] = value
        setattr(namespace, self.dest, options)


def merge_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Set values of a config in place; text is parsed (:func:`parse_option`).

    A number in a key, as in ``custom_hooks.0.interval``, is an index of a list. The modules of ``custom_imports`` are
    imported in addition to those of the config.

    Raises:
        ConfigError: If a key leads into a value that is no dict, or beyond the end of a list, if text cannot be parsed,
            or if a module cannot be imported.
    """
    values = {key: _parsed(key, value, _find(cfg, key)) for key, value in options.items()}
    for key in values:
        inside = next((other for other in values if other.startswith(f'{key}.')), None)
        if inside is not None and not isinstance(values[key], dict):
            raise ConfigError(f'--cfg-options {key} and {inside} exclude each other: give the whole, or a part of it.')
    entries = {key: value for key, value in values.items() if not isinstance(value, dict) and _is_entry(cfg, key)}
    before = _imports(cfg)
    cfg.merge_from_dict({key: value for key, value in values.items() if key not in entries})
    for key, value in entries.items():
        _set_entry(cfg, key, value)
    if any(key.partition('.')[0] == IMPORTS for key in options):
        _import(cfg, before)


def _parsed(key: str, value: Any, present: Any) -> Any:
    if not isinstance(value, str):
        return value  # from a Python script
    try:
        return parse_option(value, present)
    except ValueError as error:
        raise ConfigError(
            f'--cfg-options {key}={value}: {error}; put text in quotes, as in {key}=\'"a(b"\'.'
        ) from error


def _find(cfg: Config, key: str) -> Any:
    """Return the present value of a key; ``_ABSENT`` if a dict on the way lacks it."""
    value: Any = cfg
    path = ''
    for part in key.split('.'):
        if value is _ABSENT:
            return _ABSENT
        if isinstance(value, list | tuple):
            if not part.isdecimal() or int(part) >= len(value):
                entries = f'entries 0 to {len(value) - 1}' if value else 'no entries'
                raise ConfigError(f'--cfg-options {key}: {path} is a list with {entries}, so it has no entry {part}.')
            value = value[int(part)]
        elif isinstance(value, Config | dict):
            value = value.get(part, _ABSENT)
        else:
            raise ConfigError(f'--cfg-options {key}: {path} is {value!r}, no dict, so it has no key {part!r}.')
        path = f'{path}.{part}' if path else part
    return value


def _is_entry(cfg: Config, key: str) -> bool:
    parent = key.rpartition('.')[0]
    return bool(parent) and isinstance(_find(cfg, parent), list | tuple)


def _set_entry(cfg: Config, key: str, value: Any) -> None:
    """Replace an entry of a list, which MMEngine can only do for dicts."""
    parent, _, index = key.rpartition('.')
    changed = list(_find(cfg, parent))
    changed[int(index)] = value
    if _is_entry(cfg, parent):
        _set_entry(cfg, parent, changed)
    else:
        cfg.merge_from_dict({parent: changed})


def _imports(cfg: Config) -> list[str]:
    imports = (cfg.get(IMPORTS) or {}).get('imports', [])
    return [imports] if isinstance(imports, str) else list(imports)


def _import(cfg: Config, before: list[str]) -> None:
    if not isinstance(cfg[IMPORTS], dict):
        names = cfg[IMPORTS]
        raise ConfigError(
            f'--cfg-options {IMPORTS} is {names!r}; write {IMPORTS}.imports=[NAME] for a module of yours.'
        )
    cfg[IMPORTS].imports = [*before, *(name for name in _imports(cfg) if name not in before)]
    try:
        import_modules_from_strings(**cfg[IMPORTS])
    except (ImportError, TypeError) as error:
        names = ', '.join(map(str, cfg[IMPORTS].imports))
        raise ConfigError(
            f'--cfg-options {IMPORTS}: {names} cannot be imported ({error}); put the folder of the module '
            'into PYTHONPATH.'
        ) from error
