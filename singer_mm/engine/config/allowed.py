"""What a value of a config may be: one object that tests a value and describes itself."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Allowed:
    """A set of values; ``whole(1) | NONE`` is the union of two.

    Attributes:
        words: What stands behind ``allowed:`` in an error, such as ``a whole number from 1``.
        test: Tells whether a value belongs to the set.
    """

    words: str
    test: Callable[[Any], bool]

    def __contains__(self, value: Any) -> bool:
        return self.test(value)

    def __or__(self, other: Allowed) -> Allowed:
        return Allowed(f'{self.words} or {other.words}', lambda value: value in self or value in other)


def number(
    low: float = -math.inf, high: float = math.inf, *, above: float = -math.inf, below: float = math.inf
) -> Allowed:
    """Return the finite numbers from ``low`` to ``high`` that lie above ``above`` and below ``below``."""

    def test(value: Any) -> bool:
        return _is_number(value) and _is_finite(value) and low <= value <= high and above < value < below

    return Allowed(f'a number{_limits(low, high, above, below)}', test)


def whole(low: float = -math.inf, high: float = math.inf) -> Allowed:
    """Return the integers from ``low`` to ``high``; ``4.0`` and ``True`` are none."""

    def test(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Allowed(f'a whole number{_limits(low, high)}', test)


def one_of(*values: Any) -> Allowed:
    """Return these values."""

    def test(value: Any) -> bool:
        return any(type(value) is type(known) and value == known for known in values)

    return Allowed(' or '.join(map(repr, values)), test)


def list_of(entries: Allowed, *lengths: int) -> Allowed:
    """Return the lists and tuples of ``entries`` with one of ``lengths`` entries; without lengths, with one or more."""

    def test(value: Any) -> bool:
        if not isinstance(value, list | tuple):
            return False
        fits = len(value) in lengths if lengths else len(value) > 0
        return fits and all(entry in entries for entry in value)

    count = ' or '.join(map(str, lengths)) + ' entries' if lengths else 'one or more entries'
    return Allowed(f'a list of {count}, each {entries.words}', test)


def optional_list_of(entries: Allowed) -> Allowed:
    """Return the lists and tuples of any length, also of none."""
    return Allowed(
        f'a list, each entry {entries.words}',
        lambda value: isinstance(value, list | tuple) and all(entry in entries for entry in value),
    )


NONE = Allowed('None', lambda value: value is None)
FLAG = Allowed('True or False', lambda value: isinstance(value, bool))
TEXT = Allowed('text', lambda value: isinstance(value, str))
MAPPING = Allowed('a dict', lambda value: isinstance(value, dict) or _is_object(value))
BUILT = Allowed("a dict with the key 'type'", lambda value: _names_a_type(value) or _is_object(value))
"""The config of an object that a registry builds (its type is a name, or the class itself), or the object."""


def _names_a_type(value: Any) -> bool:
    return isinstance(value, dict) and (isinstance(value.get('type'), str) or callable(value.get('type')))


def _is_object(value: Any) -> bool:
    return not isinstance(value, dict | list | tuple | str | int | float | None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    return abs(value) <= sys.float_info.max  # a whole number may be larger than any float


def _limits(low: float, high: float, above: float = -math.inf, below: float = math.inf) -> str:
    words = ''
    if low > -math.inf:
        words += f' from {low}'
    elif above > -math.inf:
        words += f' above {above}'
    if high < math.inf:
        words += f' to {high}'
    elif below < math.inf:
        words += f' and below {below}' if words else f' below {below}'
    return words
