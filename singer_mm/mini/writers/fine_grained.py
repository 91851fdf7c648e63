"""What the four fine-grained datasets share: portraits of one kind of thing, closer and from fewer sides."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..backdrops import Backdrop, any_backdrop
from ..portrait import View, photograph, portrait
from ..scene import Part
from .base import DatasetWriter, Job, count_by_split, save_jpeg

TRAIN_PER_CLASS = 16
TEST_PER_CLASS = 8
CLOSE_VIEW = View(elevation=(8, 45), zoom=(1.0, 1.5), off_centre=0.08, tilt=0.0, clutter=(0, 2), brightness=(0.7, 1.2))


class FineGrainedWriter(DatasetWriter):
    """Portraits of variants of one thing; a job's ``variant`` is the key of its blueprint."""

    view: View = CLOSE_VIEW
    backdrop: Callable[[Generator], Backdrop] = staticmethod(any_backdrop)

    @abstractmethod
    def build(self, variant: Any, rng: Generator) -> list[Part]:
        """Build an individual of a variant."""

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        """See :meth:`DatasetWriter.draw`."""
        scene = portrait(str(job['variant']), self.build(job['variant'], rng), rng, self.view, self.backdrop)
        save_jpeg(root / job['file'], photograph(scene, rng).image)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """See :meth:`DatasetWriter.finish`."""
        self.write_lists(root, jobs)
        return count_by_split(jobs, 'variant')

    @abstractmethod
    def write_lists(self, root: Path, jobs: Sequence[Job]) -> None:
        """Write what names the splits and labels."""


def every_image(variants: Sequence[Any], splits: dict[str, int]) -> Iterator[tuple[str, Any, int]]:
    """Yield ``(split, variant, index)`` with so many images of each variant in each split, counted on over splits."""
    start = 0
    for split, per_class in splits.items():
        for index in range(start, start + per_class):
            for variant in variants:
                yield split, variant, index
        start += per_class


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a text file of these lines, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{line}\n' for line in lines))
