"""NYU Depth v2 in mmseg's layout: 480x640 images and depth in millimetres."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..portrait import photograph
from ..render import local_range
from ..rooms import furnished_room
from ..textures import Array, image_noise
from .dataset_writer import DatasetWriter, Job, save_image

COUNTS = {'train': 60, 'test': 24}
ROOMS = ('bedroom', 'living_room', 'study', 'dining_room', 'office', 'playroom')
NEAREST, FARTHEST = 0.5, 10.0
BORDER = 8
EDGE_JUMP = 0.25


class NYUWriter(DatasetWriter):
    """Furnished rooms. As with a Kinect, depth is missing (0) at the rim, beside edges and on a few surfaces.

    Every frame is also one of the labelled set (folders ``*_labelled``), whose depth is filled in.
    """

    folder = 'nyu'

    def jobs(self) -> list[Job]:
        return [
            dict(split=split, label=room, name=f'{room}_{number // len(ROOMS) + 1:04d}_rgb_{number:05d}')
            for split, count in COUNTS.items()
            for number in range(count)
            for room in [ROOMS[number % len(ROOMS)]]
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        picture = photograph(furnished_room(rng, 640, 480), rng)
        filled = (picture.depth.clip(NEAREST, FARTHEST) * 1000).round().astype(np.uint16)
        measured = np.where(_missing(picture.depth, rng), 0, filled).astype(np.uint16)
        for split, depth in ((job['split'], measured), (f'{job["split"]}_labelled', filled)):
            save_image(root / 'images' / split / f'{job["name"]}.jpg', picture.image)
            save_image(root / 'annotations' / split / f'{job["name"]}.png', depth)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        counts = super().finish(root, jobs, results)
        return {**{f'{split}_labelled': counts[split] for split in COUNTS if split in counts}, **counts}


def _missing(depth: Array, rng: Generator) -> NDArray[np.bool_]:
    jump = local_range(depth) > EDGE_JUMP
    # The camera and the projector of the pattern see an edge from two sides: its shadow lies to one side.
    shadow = cv2.dilate(jump.astype(np.uint8), np.ones((1, 9), np.uint8), anchor=(0, 0)) > 0
    blind = image_noise(depth.shape, 90 * rng.random(), 0.25) > 0.86
    missing: NDArray[np.bool_] = shadow | blind | (depth < NEAREST) | (depth > FARTHEST)
    missing[:BORDER] = missing[-BORDER:] = missing[:, :BORDER] = missing[:, -BORDER:] = True
    return missing
