"""FGVC-Aircraft: one folder of numbered images and lists of variants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..backdrops import outdoors
from ..portrait import View
from ..scene import Part
from ..things.aircraft import AIRCRAFT, aircraft
from .base import Job
from .fine_grained import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image, write_lines
from .official_names import official_names

SPLITS = {'train': TRAIN_PER_CLASS // 2, 'val': TRAIN_PER_CLASS // 2, 'test': TEST_PER_CLASS}


class AircraftWriter(FineGrainedWriter):
    """Twelve variants; ``trainval`` is the union of ``train`` and ``val``."""

    folder = 'fgvc-aircraft-2013b'
    # Mostly from the side and above, where engines and wings can be counted, and under the sky.
    view = View(elevation=(15, 50), zoom=(1.1, 1.35), off_centre=0.04, yaw=(-50, 50), tilt=0.0, clutter=(0, 1))
    backdrop = staticmethod(outdoors)

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        images = every_image(list(AIRCRAFT), SPLITS)
        return [
            dict(split=split, variant=variant, file=f'data/images/{34309 + 7919 * number:07d}.jpg')
            for number, (split, variant, _) in enumerate(images)
        ]

    def build(self, variant: Any, rng: Generator) -> list[Part]:
        """See :meth:`FineGrainedWriter.build`."""
        return aircraft(rng, AIRCRAFT[variant])

    def write_lists(self, root: Path, jobs: Sequence[Job]) -> None:
        """See :meth:`FineGrainedWriter.write_lists`."""
        write_lines(root / 'data' / 'variants.txt', official_names('FGVCAIRCRAFT_CATEGORIES'))
        for name, splits in (*((split, (split,)) for split in SPLITS), ('trainval', ('train', 'val'))):
            lines = sorted(f'{Path(job["file"]).stem} {job["variant"]}' for job in jobs if job['split'] in splits)
            write_lines(root / 'data' / f'images_variant_{name}.txt', lines)
