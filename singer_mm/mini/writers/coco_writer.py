"""COCO: instances as polygons, crowds as run lengths, with the 80 categories and their sparse ids."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..backdrops import any_backdrop
from ..portrait import photograph, upright
from ..scene import Camera, Scene, Thing, Vector, moved
from ..things import everyday, household
from .coco_categories import CATEGORIES
from .dataset_writer import DatasetWriter, Job, save_image, write_coco_json

COUNTS = {'train': 104, 'val': 24}
# Each with a factor on its size, after which all look about equally large.
THINGS = {
    5: (household.airplane, 1.7),
    44: (everyday.wine_bottle, 1.1),
    47: (everyday.coffee_mug, 1.0),
    60: (household.donut, 0.8),
    62: (household.chair, 1.5),
    88: (household.teddy_bear, 1.1),
}
CROWD_EVERY, CROWD = 6, 12
EMPTY_EVERY = 24
PLACES = (-1.2, -0.4, 0.4, 1.2)
SMALL = 0.12
LEAST_PIXELS = 20
ENLARGED = 4


class COCOWriter(DatasetWriter):
    """Up to four things of six categories, most of them large, some hidden, some in crowds; a few images show none.

    Far fewer and larger than in COCO, so that a detector learns something from a hundred images.
    """

    folder = 'coco'

    def jobs(self) -> list[Job]:
        return [
            dict(
                split=split,
                image_id=1000 * (split == 'val') + 7 * number + 9,
                crowd=number % CROWD_EVERY == 1,
                empty=number % EMPTY_EVERY == EMPTY_EVERY // 2,
            )
            for split, count in COUNTS.items()
            for number in range(count)
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Draw one image and write it; return the json of the image and of its annotations."""
        scene, categories = _group_portrait(job, rng)
        picture = photograph(scene, rng)
        height, width = picture.depth.shape
        name = f'{job["image_id"]:012d}.jpg'
        save_image(root / f'{job["split"]}2017' / name, picture.image)
        annotations = []
        for category, (first, end) in categories:
            mask = (picture.instances >= first) & (picture.instances < end)
            if mask.sum() >= LEAST_PIXELS:
                outline = _outline(mask, crowd=end - first > 1)
                annotations.append({'image_id': job['image_id'], 'category_id': category, **outline})
        image = {'id': job['image_id'], 'file_name': name, 'width': width, 'height': height, 'license': 1}
        return image, [annotation for annotation in annotations if annotation['segmentation']]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        present = set()
        for split in COUNTS:
            chosen = [result for job, result in zip(jobs, results, strict=True) if job['split'] == split]
            annotations = [
                {'id': number, **annotation}
                for number, annotation in enumerate((item for _, of_image in chosen for item in of_image), 1)
            ]
            present |= {annotation['category_id'] for annotation in annotations}
            path = root / 'annotations' / f'instances_{split}2017.json'
            write_coco_json(path, 'COCO 2017', 1, CATEGORIES, [image for image, _ in chosen], annotations)
        return {**COUNTS, 'classes': len(present)}


def _group_portrait(job: Job, rng: Generator) -> tuple[Scene, list[tuple[int, tuple[int, int]]]]:
    """Return a scene and, for each future annotation, its category and the range of its things."""
    surroundings, sky, light = any_backdrop(rng, 2.0)
    things, categories = [*surroundings], []
    ids = list(THINGS)
    # Side by side, so that few are hidden; at this distance 1 m is about 100 pixels.
    for place in rng.permutation(PLACES)[: 0 if job['empty'] else int(rng.integers(1, 5))]:
        category = ids[rng.integers(len(ids))]
        categories.append((category, (len(things), len(things) + 1)))
        at = (place + rng.uniform(-0.15, 0.15), rng.uniform(-0.5, 0.9), 0.0)
        scale = rng.uniform(0.2, 0.35) if rng.random() < SMALL else rng.uniform(0.85, 1.25)
        things.append(_thing(rng, category, at, scale))
    if job['crowd'] and not job['empty']:
        category = ids[rng.integers(len(ids))]
        x, y = rng.uniform(-1.2, 0.3), rng.uniform(1.3, 1.8)
        categories.append((category, (len(things), len(things) + CROWD)))
        for number in range(CROWD):
            at = (x + 0.3 * (number % 4) + rng.normal(0, 0.04), y + 0.3 * (number // 4), 0.0)
            things.append(_thing(rng, category, at, 0.35))
    elevation, distance = math.radians(rng.uniform(15, 35)), rng.uniform(3.4, 4.2)
    position = (rng.uniform(-0.3, 0.3), -distance * math.cos(elevation), 0.3 + distance * math.sin(elevation))
    width, height = int(rng.integers(150, 166)) * 2, int(rng.integers(115, 126)) * 2
    camera = Camera(position, (0.0, 0.2, 0.4), width, height, rng.uniform(1.1, 1.3) * width)
    return Scene(things, camera, light, sky), categories


def _thing(rng: Generator, category: int, at: Vector, scale: float) -> Thing:
    make, size = THINGS[category]
    return Thing(str(category), moved(upright(make(rng)), at, scale * size, (0, 0, rng.uniform(0, 360))))


def _outline(mask: NDArray[np.bool_], crowd: bool) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
    return {
        'iscrowd': int(crowd),
        'area': float(mask.sum()),
        'bbox': [float(value) for value in box],
        'segmentation': _run_lengths(mask) if crowd else _polygons(mask),
    }


def _run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Lengths of runs of 0, 1, 0, ... down the columns, as COCO writes crowds."""
    changes = np.flatnonzero(np.diff(mask.ravel(order='F'), prepend=False, append=~mask[-1, -1]))
    counts = np.diff(changes, prepend=0)
    return {'size': list(mask.shape), 'counts': counts.tolist()}


def _polygons(mask: NDArray[np.bool_]) -> list[list[float]]:
    # OpenCV walks through the centres of border pixels; on an enlarged mask these lie close to the true border.
    side = np.ones((ENLARGED, ENLARGED), np.uint8)
    contours, _ = cv2.findContours(np.kron(mask.astype(np.uint8), side), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = [cv2.approxPolyDP(contour, 0.5 * ENLARGED, closed=True) for contour in contours]
    return [
        [round(float(value), 2) for value in ((outline.ravel() + 0.5) / ENLARGED)]
        for outline in outlines
        if len(outline) >= 3
    ]
