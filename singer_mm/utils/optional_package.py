"""Packages that an extra of setup.py installs."""

import importlib
from typing import Any

from singer_mm.errors import ConfigError


def import_optional(name: str, extra: str) -> Any:
    """Import the module ``name``, which ``extra`` of ``setup.py`` installs.

    Raises:
        ConfigError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed; the extra {extra!r} brings it: pip install -e '.[{extra}]'."
        ) from error
