"""Checks of arguments that several classes share."""

from collections.abc import Collection
from typing import Any

from singer_mm.errors import ConfigError


def check_choice(name: str, value: Any, allowed: Collection[Any]) -> None:
    """Raise a :class:`ConfigError` that names the argument ``name`` if ``value`` is not one of ``allowed``."""
    if value not in allowed:
        raise ConfigError(f'{name} is {value!r}; allowed: {", ".join(map(str, allowed))}.')


def check_fraction(name: str, value: float) -> None:
    """Raise a :class:`ConfigError` that names the argument ``name`` unless ``value`` is between 0 and 1, exclusive."""
    if not 0 < value < 1:
        raise ConfigError(f'{name} is {value}; allowed: between 0 and 1, exclusive.')
