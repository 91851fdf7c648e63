"""ImageNet-v2 (matched frequency): ``{0..999}/*.jpeg``, folders named by the label and not by wnid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from singer_mm.datasets.imagenet_classes import imagenet_wnids

from ..portrait import View, photograph, portrait
from .base import DatasetWriter, Job, count_by_split, save_jpeg
from .imagenet import CLASSES

PER_CLASS = 6
# Sampled otherwise than ImageNet: from higher up, farther away, in worse light, with more around.
SHIFTED_VIEW = View(
    elevation=(25, 65), zoom=(0.5, 0.9), off_centre=0.25, tilt=0.5, clutter=(2, 7), brightness=(0.3, 0.8)
)


class ImageNetV2Writer(DatasetWriter):
    """Six images of each class of the ImageNet miniature; only the folders of its classes are present."""

    folder = 'imagenetv2-matched-frequency-format-val'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        labels = {wnid: label for label, wnid in enumerate(imagenet_wnids())}
        return [
            dict(split='val', wnid=wnid, file=f'{labels[wnid]}/{labels[wnid]:03d}{index:02d}.jpeg')
            for wnid in CLASSES
            for index in range(PER_CLASS)
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        """See :meth:`DatasetWriter.draw`."""
        scene = portrait(job['wnid'], CLASSES[job['wnid']](rng), rng, SHIFTED_VIEW)
        save_jpeg(root / job['file'], photograph(scene, rng).image)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """See :meth:`DatasetWriter.finish`."""
        return count_by_split(jobs, 'wnid')
