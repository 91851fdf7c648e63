"""The result of a checker."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DatasetFacts:
    """A prepared dataset that passed its check.

    Attributes:
        name: Name of the task's dataset, e.g. ``'food101'``.
        folder: Its folder.
        counts: Number of images of each split, e.g. ``{'train': 75750, 'test': 25250}``.
        num_classes: Number of classes that occur; None for depth.
        is_mini: Whether it is the miniature (it carries a ``mini.json``) rather than the official dataset.
    """

    name: str
    folder: Path
    counts: Mapping[str, int]
    num_classes: int | None
    is_mini: bool

    def __str__(self) -> str:
        splits = ', '.join(f'{count:,} {split}' for split, count in self.counts.items())
        classes = '' if self.num_classes is None else f', {self.num_classes:,} classes'
        return f'{self.name}{" (miniature)" if self.is_mini else ""} in {self.folder}: {splits}{classes}'
