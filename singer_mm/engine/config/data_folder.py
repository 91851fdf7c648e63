"""Where the datasets lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError, DataError

DEFAULT_ROOT = 'data'
MINI = 'mini'
MINI_ROOT = f'{DEFAULT_ROOT}/{MINI}'


def use_data(cfg: Config, data: str | None = None) -> None:
    """Let the datasets of a config lie elsewhere, in place.

    Args:
        cfg: The config; its paths begin with ``data/``.
        data: A folder that takes the place of ``data``, or ``mini`` for ``data/mini``; default: the config's top-level
            key ``data_folder``, if it has one.

    Raises:
        DataError: If the folder does not exist.
    """
    data = data or cfg.get('data_folder')
    if data is None:
        return
    root = data_folder(data).rstrip('/')
    if not Path(root).is_dir():
        remedy = (
            'run python tools/make_mini_suite.py first'
            if root == MINI_ROOT
            else 'give the folder that holds the datasets'
        )
        raise DataError(f'data folder {root} does not exist; {remedy}.')
    for key, value in cfg.to_dict().items():
        cfg[key] = _move(value, root)
    cfg.data_folder = root


def as_in_default_folder(cfg: Config) -> dict[str, Any]:
    """Return the content of a config as it would be if its datasets lay in ``data``, to compare it with others."""
    prefix = f'{cfg.get("data_folder", DEFAULT_ROOT)}/'
    content = {key: value for key, value in cfg.to_dict().items() if key != 'data_folder'}
    moved: dict[str, Any] = _map_texts(
        content,
        lambda text: f'{DEFAULT_ROOT}/{text.removeprefix(prefix)}' if text.startswith(prefix) else text,
    )
    return moved


def data_folder(data: str | None) -> str:
    """Return the folder that ``--data`` names."""
    return MINI_ROOT if data == MINI else data or DEFAULT_ROOT


def mini_config(path: Path) -> Path:
    """Return the config that does on the miniature datasets what ``path`` does on the real ones.

    That is ``configs/mini/<task>/<protocol>.py`` for ``configs/downstream/<task>/<protocol>.py``, and
    ``configs/mini/task/<name>.py`` for ``configs/task/<name>.py``.

    Raises:
        ConfigError: If there is none.
    """
    configs, kind, name = _place(path.resolve())
    if kind == MINI:
        return path
    found = configs / MINI / (name if kind == 'downstream' else Path(kind) / name)
    if not found.is_file():
        raise ConfigError(
            f'{path} has no miniature: {found} does not exist; write one that starts from it (_base_), or give the '
            f'folder as --data {MINI_ROOT}.'
        )
    return found


def _place(path: Path) -> tuple[Path, str, Path]:
    """Return the folder ``configs``, the folder below it and the rest of a config's path."""
    for parent in path.parents:
        if parent.name in ('downstream', 'task', MINI):
            return parent.parent, parent.name, path.relative_to(parent)
    return path.parent, '', Path(path.name)


def _move(value: Any, root: str) -> Any:
    def moved(text: str) -> str:
        # In the config that a training dumped the folder is there already; data/mini begins with data.
        if text.startswith(f'{DEFAULT_ROOT}/') and not text.startswith(f'{root}/'):
            return root + text.removeprefix(DEFAULT_ROOT)
        return text

    return _map_texts(value, moved)


def _map_texts(value: Any, function: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _map_texts(child, function) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_map_texts(child, function) for child in value)
    return function(value) if isinstance(value, str) else value
