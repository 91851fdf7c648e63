"""ImageNet-1K: ``{train,val}/<wnid>/*.JPEG``, for a few of its classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..portrait import PLAIN_VIEW, photograph, portrait
from ..scene import Part
from ..things import everyday
from .base import DatasetWriter, Job, count_by_split, save_jpeg

Builder = Callable[[Generator], list[Part]]

# The classes that ImageNet-R has, too, ...
RENDITION_CLASSES: dict[str, Builder] = {
    'n01944390': everyday.snail,
    'n02165456': everyday.ladybug,
    'n02317335': everyday.starfish,
    'n02802426': everyday.basketball,
    'n02843684': everyday.birdhouse,
    'n02909870': everyday.bucket,
    'n02948072': everyday.candle,
    'n02980441': everyday.castle,
    'n03481172': everyday.hammer,
    'n04254680': everyday.soccer_ball,
    'n04522168': everyday.vase,
    'n04591713': everyday.wine_bottle,
    'n07614500': everyday.ice_cream,
    'n07693725': everyday.bagel,
    'n07734744': everyday.mushroom,
    'n07753275': everyday.pineapple,
}
# ... and some that it lacks.
CLASSES: dict[str, Builder] = {
    **RENDITION_CLASSES,
    'n02795169': everyday.barrel,
    'n03063599': everyday.coffee_mug,
    'n03255030': everyday.dumbbell,
    'n03443371': everyday.goblet,
    'n03544143': everyday.hourglass,
    'n03837869': everyday.obelisk,
    'n04380533': everyday.table_lamp,
    'n06874185': everyday.traffic_light,
}
TRAIN_PER_CLASS = 25
VAL_PER_CLASS = 8


class ImageNetWriter(DatasetWriter):
    """24 classes, 25 images of each to train with and 8 to validate."""

    folder = 'imagenet'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        train = [
            dict(split='train', wnid=wnid, file=f'train/{wnid}/{wnid}_{index}.JPEG')
            for wnid in CLASSES
            for index in range(TRAIN_PER_CLASS)
        ]
        places = [(index, wnid) for index in range(VAL_PER_CLASS) for wnid in CLASSES]
        val = [
            dict(split='val', wnid=wnid, file=f'val/{wnid}/ILSVRC2012_val_{number + 1:08d}.JPEG')
            for number, (_, wnid) in enumerate(places)
        ]
        return [*train, *val]

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        """See :meth:`DatasetWriter.draw`."""
        scene = portrait(job['wnid'], CLASSES[job['wnid']](rng), rng, PLAIN_VIEW)
        save_jpeg(root / job['file'], photograph(scene, rng).image)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """See :meth:`DatasetWriter.finish`."""
        return count_by_split(jobs, 'wnid')
