"""ADE20K (SceneParsing): images and label maps, 0 for everything else and 1 to 150 for the classes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from ..landscapes import landscape
from ..portrait import photograph
from ..rooms import furnished_room
from .dataset_writer import DatasetWriter, Job, save_image

COUNTS = {'training': 120, 'validation': 40}
PREFIX = {'training': 'ADE_train', 'validation': 'ADE_val'}
# Label by the name of a thing; other things get 0.
LABELS = {
    'wall': 1,
    'building': 2,
    'sky': 3,
    'floor': 4,
    'tree': 5,
    'ceiling': 6,
    'road': 7,
    'windowpane': 9,
    'grass': 10,
    'cabinet': 11,
    'earth': 14,
    'table': 16,
    'mountain': 17,
    'chair': 20,
    'painting': 23,
    'sofa': 24,
    'lamp': 37,
}


class ADE20KWriter(DatasetWriter):
    """Rooms and landscapes with 17 of the 150 classes."""

    folder = 'ade'

    def jobs(self) -> list[Job]:
        return [
            dict(split=split, name=f'{PREFIX[split]}_{number + 1:08d}', indoors=number % 2 == 0)
            for split, count in COUNTS.items()
            for number in range(count)
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> list[int]:
        """Draw one image with its label map and write both; return the labels that occur."""
        height, width = int(rng.integers(96, 121)) * 2, int(rng.integers(128, 161)) * 2
        scene = (furnished_room if job['indoors'] else landscape)(rng, width, height)
        picture = photograph(scene, rng)
        # The last entry is the label of the sky, whose instance is -1.
        table = np.array([*(LABELS.get(thing.name, 0) for thing in scene.things), LABELS['sky']], np.uint8)
        labels = table[picture.instances]
        base = root / 'ADEChallengeData2016'
        save_image(base / 'images' / job['split'] / f'{job["name"]}.jpg', picture.image)
        save_image(base / 'annotations' / job['split'] / f'{job["name"]}.png', labels)
        return np.unique(labels).tolist()

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        present = set().union(*results) - {0}
        return {**COUNTS, 'classes': len(present)}
