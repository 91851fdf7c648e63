"""The folder of the datasets."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError, DataError

from .nested_values import map_values

DEFAULT_ROOT = 'data'
MINI = 'mini'
MINI_ROOT = f'{DEFAULT_ROOT}/{MINI}'


def use_data(cfg: Config, data: str | None = None) -> None:
    """Change the folder of a config's datasets in place.

    Args:
        cfg: The config; its paths begin with ``data/``.
        data: A folder to replace ``data``, or ``mini`` for ``data/mini``; default: the config's top-level key
            ``data_folder``, if it has one.

    Raises:
        DataError: If the folder does not exist.
    """
    data = data or cfg.get('data_folder')
    if data is None:
        return
    root = data_folder(data).rstrip('/')
    if not Path(root).is_dir():
        is_mini = root == MINI_ROOT
        remedy = 'run python tools/make_mini_suite.py first' if is_mini else 'give the folder of the datasets'
        raise DataError(f'data folder {root} does not exist; {remedy}.')

    def moved(value: Any) -> Any:
        # In the config that a training dumped, the folder is already there; data/mini begins with data.
        if isinstance(value, str) and value.startswith(f'{DEFAULT_ROOT}/') and not value.startswith(f'{root}/'):
            return root + value.removeprefix(DEFAULT_ROOT)
        return value

    for key, value in cfg.to_dict().items():
        cfg[key] = map_values(value, moved)
    cfg.data_folder = root


def as_in_default_folder(cfg: Config) -> dict[str, Any]:
    """Return the content of a config with its datasets in ``data``, to compare it with other configs."""
    prefix = f'{cfg.get("data_folder", DEFAULT_ROOT)}/'
    content = {key: value for key, value in cfg.to_dict().items() if key != 'data_folder'}

    def moved(value: Any) -> Any:
        is_inside = isinstance(value, str) and value.startswith(prefix)
        return f'{DEFAULT_ROOT}/{value.removeprefix(prefix)}' if is_inside else value

    return {key: map_values(value, moved) for key, value in content.items()}


def data_folder(data: str | None) -> str:
    """Return the folder that ``--data`` names."""
    return MINI_ROOT if data == MINI else data or DEFAULT_ROOT


def mini_config(path: Path) -> Path:
    """Return the config for the miniature datasets that corresponds to ``path``.

    This is ``configs/mini/<task>/<protocol>.py`` for ``configs/downstream/<task>/<protocol>.py``, and
    ``configs/mini/task/<name>.py`` for ``configs/task/<name>.py``.

    Raises:
        ConfigError: If there is none.
    """
    resolved = path.resolve()
    folder = next((parent for parent in resolved.parents if parent.name in ('downstream', 'task', MINI)), resolved)
    if folder.name == MINI:
        return path
    found = folder.parent / MINI / resolved.relative_to(folder if folder.name == 'downstream' else folder.parent)
    if not found.is_file():
        raise ConfigError(
            f'{path} has no miniature: {found} does not exist; write this config with {path.name} as its _base_, or '
            f'give the folder as --data {MINI_ROOT}.'
        )
    return found
