"""One input that people really feed, and what may become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FaultCase:
    """An input and the ends that are allowed.

    Attributes:
        name: What it is, unique within its kind.
        read: Writes the input into an empty folder, hands it to the code that reads it and returns the result.
        right: Tells whether a result is the right one; None where there is none, so that the input must be refused.
        named: What the sentence of a refusal contains: the file, or the key and the value.
        refusable: Whether a refusal is allowed; a file that is merely unusual must be read.
        seconds: Time limit.
    """

    name: str
    read: Callable[[Path], Any]
    right: Callable[[Any], bool] | None = None
    named: tuple[str, ...] = ()
    refusable: bool = True
    seconds: int = 60
