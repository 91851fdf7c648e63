"""A number that a page opens with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """A number that the page opens with.

    Attributes:
        value: The number as it is to be read, such as '0.57'.
        label: What it is.
        note: What to compare it with.
    """

    value: str
    label: str
    note: str = ''
