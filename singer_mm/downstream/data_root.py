"""Where the datasets lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.config import Config

from singer_mm.errors import DataError

DEFAULT_ROOT = 'data'
MINI = 'mini'
MINI_ROOT = f'{DEFAULT_ROOT}/{MINI}'


def use_data(cfg: Config, data: str | None) -> None:
    """Let the datasets of a downstream config lie elsewhere, in place.

    Args:
        cfg: The config; its paths begin with ``data/``.
        data: A folder that takes the place of ``data``; or ``mini``, which stands for ``data/mini`` and merges the
            config's own key ``mini``: the shorter schedule and smaller images for the miniature datasets.

    Raises:
        DataError: If the folder does not exist.
    """
    mini = cfg.pop(MINI, None)
    if data is None:
        return
    root = data_folder(data).rstrip('/')
    if not Path(root).is_dir():
        remedy = (
            'run python tools/make_mini_suite.py first' if data == MINI else 'give the folder that holds the datasets'
        )
        raise DataError(f'data folder {root} does not exist; {remedy}.')
    if data == MINI and mini:
        cfg.merge_from_dict(mini)
    for key, value in cfg.to_dict().items():
        cfg[key] = _move(value, root)


def data_folder(data: str | None) -> str:
    """Return the folder that ``--data`` names."""
    return MINI_ROOT if data == MINI else data or DEFAULT_ROOT


def _move(value: Any, root: str) -> Any:
    if isinstance(value, dict):
        return {key: _move(child, root) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_move(child, root) for child in value)
    # In the config that a training dumped the folder is there already; data/mini begins with data.
    if isinstance(value, str) and value.startswith(f'{DEFAULT_ROOT}/') and not value.startswith(f'{root}/'):
        return root + value.removeprefix(DEFAULT_ROOT)
    return value
