"""Numbers on a command line."""

import argparse
import math
from collections.abc import Callable
from functools import partial
from typing import TypeVar

Number = TypeVar('Number', int, float)


def whole_from(low: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from ``low``.

    A limit of 1 also protects code such as ``number or default``, which takes the default for 0.
    """
    return partial(_parse, int, f'whole number from {low}', low, math.inf)


def number_from(low: float, high: float = math.inf) -> Callable[[str], float]:
    """Return an argparse type for finite numbers from ``low`` to ``high``."""
    allowed = f'number from {low:g}' if high == math.inf else f'number from {low:g} to {high:g}'
    return partial(_parse, float, allowed, low, high)


def _parse(kind: Callable[[str], Number], allowed: str, low: float, high: float, text: str) -> Number:
    try:
        number = kind(text)
        if low <= number <= high and number != math.inf:
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f'{text!r} is no {allowed}')
