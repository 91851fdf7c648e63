"""Food-101: a folder for each class, lists of ``class/image`` without a suffix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..scene import Part
from ..things.food import DISHES, dish
from .base import Job
from .fine_grained import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image, write_lines
from .official_names import official_names

SPLITS = {'train': TRAIN_PER_CLASS, 'test': TEST_PER_CLASS}


class FoodWriter(FineGrainedWriter):
    """Twelve dishes."""

    folder = 'food-101'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        return [
            dict(split=split, variant=name, file=f'images/{name}/{1001 + 37 * index}.jpg')
            for split, name, index in every_image(list(DISHES), SPLITS)
        ]

    def build(self, variant: Any, rng: Generator) -> list[Part]:
        """See :meth:`FineGrainedWriter.build`."""
        return dish(rng, DISHES[variant])

    def write_lists(self, root: Path, jobs: Sequence[Job]) -> None:
        """See :meth:`FineGrainedWriter.write_lists`."""
        write_lines(root / 'meta' / 'classes.txt', official_names('FOOD101_CATEGORIES'))
        for split in SPLITS:
            lines = sorted(f'{job["variant"]}/{Path(job["file"]).stem}' for job in jobs if job['split'] == split)
            write_lines(root / 'meta' / f'{split}.txt', lines)
