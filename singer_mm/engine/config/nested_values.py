"""The values inside a config, at any depth."""

from collections.abc import Callable, Iterator
from typing import Any


def nested_values(value: Any, path: str = '', skip: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield ``value`` and every value below it with its dotted path, outer values first.

    Args:
        value: Dicts, lists and tuples are entered.
        path: Path of ``value``.
        skip: Ends of the paths that are left out, with everything below them.
    """
    if path.endswith(skip):
        return
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, child in children:
        yield from nested_values(child, f'{path}.{key}' if path else str(key), skip)


def map_values(value: Any, function: Callable[[Any], Any]) -> Any:
    """Return a copy of dicts, lists and tuples in which ``function`` replaced every other value."""
    if isinstance(value, dict):
        return {key: map_values(child, function) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map_values(child, function) for child in value)
    return function(value)
