"""What a value may be: one object that tests a value and describes itself."""

from __future__ import annotations

import math
import reprlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from singer_mm.errors import ConfigError, SingerError

LONGEST = 80
"""Characters of a value in a message."""


@dataclass(frozen=True)
class Allowed:
    """A set of values; ``whole(1) | NONE`` is the union of two.

    Attributes:
        words: The text after ``allowed:`` in an error, such as ``a whole number from 1``.
        test: Tells whether a value belongs to the set.
    """

    words: str
    test: Callable[[Any], bool]

    def __contains__(self, value: Any) -> bool:
        return self.test(value)

    def __or__(self, other: Allowed) -> Allowed:
        return Allowed(f'{self.words} or {other.words}', lambda value: value in self or value in other)

    def check(self, name: str, value: Any, error: type[SingerError] = ConfigError) -> None:
        """Refuse a value outside of the set.

        Raises:
            SingerError: Of the type ``error``, with the name, the value and the allowed values.
        """
        if value not in self:
            raise error(f'{name} is {_shown(value)}; allowed: {self.words}.')


def number(
    low: float = -math.inf, high: float = math.inf, *, above: float = -math.inf, below: float = math.inf
) -> Allowed:
    """Return the finite numbers from ``low`` to ``high`` that lie above ``above`` and below ``below``."""

    def test(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # A whole number may be larger than any float.
        is_finite = is_number and abs(value) <= sys.float_info.max
        return is_finite and low <= value <= high and above < value < below

    return Allowed(f'a number{_limits(low, high, above, below)}', test)


def whole(low: float = -math.inf, high: float = math.inf) -> Allowed:
    """Return the integers from ``low`` to ``high``, without ``4.0`` and ``True``."""

    def test(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Allowed(f'a whole number{_limits(low, high)}', test)


def one_of(*values: Any) -> Allowed:
    """Return these values."""

    def test(value: Any) -> bool:
        return any(type(value) is type(known) and value == known for known in values)

    return Allowed(' or '.join(map(repr, values)), test)


def list_of(entries: Allowed, *lengths: int, empty: bool = False) -> Allowed:
    """Return the lists and tuples of ``entries``.

    They have one of ``lengths`` entries; without lengths, one or more; with ``empty``, any number.
    """

    def test(value: Any) -> bool:
        if not isinstance(value, list | tuple):
            return False
        fits = len(value) in lengths if lengths else empty or len(value) > 0
        return fits and all(entry in entries for entry in value)

    count = ' or '.join(map(str, lengths)) or ('any number of' if empty else 'one or more')
    return Allowed(f'a list of {count} entries, each {entries.words}', test)


def instance(kind: type) -> Allowed:
    """Return the instances of a class."""
    return Allowed(f'a {kind.__name__}', lambda value: isinstance(value, kind))


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


def _limits(low: float, high: float, above: float = -math.inf, below: float = math.inf) -> str:
    start = f' from {low}' if low > -math.inf else f' above {above}' if above > -math.inf else ''
    if high < math.inf:
        return f'{start} to {high}'
    return start if below == math.inf else f'{start}{" and" if start else ""} below {below}'


def _shown(value: Any) -> str:
    if isinstance(value, Tensor):
        return f'a tensor of shape {tuple(value.shape)}'
    short = reprlib.Repr()  # also of a list that a damaged file nests a million times
    short.maxstring = short.maxlong = short.maxother = LONGEST
    text = short.repr(value)
    return text if len(text) <= LONGEST else f'{text[: LONGEST - 3]}...'
