"""FGVC-Aircraft: one folder of numbered images and lists of variants."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..backdrops import outdoors
from ..portrait import View
from ..things.aircraft import AIRCRAFT, aircraft
from .dataset_writer import Job, write_lines
from .fine_grained_writer import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image
from .official_names import official_names

SPLITS = {'train': TRAIN_PER_CLASS // 2, 'val': TRAIN_PER_CLASS // 2, 'test': TEST_PER_CLASS}


class AircraftWriter(FineGrainedWriter):
    """Twelve variants; ``trainval`` is the union of ``train`` and ``val``."""

    folder = 'fgvc-aircraft-2013b'
    blueprints = {name: partial(aircraft, frame=frame) for name, frame in AIRCRAFT.items()}
    # Mostly from the side and above, where engines and wings can be counted, and under the sky.
    view = View(elevation=(15, 50), zoom=(1.1, 1.35), off_centre=0.04, yaw=(-50, 50), tilt=0.0, clutter=(0, 1))
    backdrop = staticmethod(outdoors)

    def jobs(self) -> list[Job]:
        return [
            dict(split=split, label=variant, file=f'data/images/{34309 + 7919 * number:07d}.jpg')
            for number, (split, variant, _) in enumerate(every_image(AIRCRAFT, SPLITS))
        ]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        write_lines(root / 'data' / 'variants.txt', official_names('FGVCAIRCRAFT_CATEGORIES'))
        for name, splits in (*((split, (split,)) for split in SPLITS), ('trainval', ('train', 'val'))):
            lines = sorted(f'{Path(job["file"]).stem} {job["label"]}' for job in jobs if job['split'] in splits)
            write_lines(root / 'data' / f'images_variant_{name}.txt', lines)
        return super().finish(root, jobs, results)
