"""Numbers on a command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def whole_from(low: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from ``low``.

    Zero often means something else to Python than to whoever types it: ``number or default`` takes the default.
    """

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low:
            raise argparse.ArgumentTypeError(f'{text!r} is no whole number from {low}')
        return number

    return parse


def number_from(low: float, high: float = math.inf) -> Callable[[str], float]:
    """Return an argparse type for finite numbers from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and low <= number <= high):
            limit = '' if high == math.inf else f' to {high:g}'
            raise argparse.ArgumentTypeError(f'{text!r} is no number from {low:g}{limit}')
        return number

    return parse
