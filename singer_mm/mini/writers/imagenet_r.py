"""ImageNet-R: ``<wnid>/*.jpg`` for some of its 200 classes, drawn, painted, carved or laid in stones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..portrait import PLAIN_VIEW, portrait
from ..render import render
from ..styles import STYLES, sculpture
from .base import DatasetWriter, Job, count_by_split, save_jpeg
from .imagenet import RENDITION_CLASSES

PER_CLASS = 8
README = """ImageNet-R(endition), a procedural miniature.

One folder for each class, named by its WordNet id. The place of a folder in this directory is not its label: the
labels are places among the 1,000 ids of ImageNet-1K, of which these are a few.

"""


class ImageNetRWriter(DatasetWriter):
    """Eight renditions of each of 16 classes, beside a README.txt as in the original."""

    folder = 'imagenet-r'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        styles = [*STYLES, 'sculpture']
        cycle = [styles[index % len(styles)] for index in range(PER_CLASS)]
        return [
            dict(split='test', wnid=wnid, style=style, file=f'{wnid}/{style}_{index}.jpg')
            for wnid in RENDITION_CLASSES
            for index, style in enumerate(cycle)
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        """See :meth:`DatasetWriter.draw`."""
        scene = portrait(job['wnid'], RENDITION_CLASSES[job['wnid']](rng), rng, PLAIN_VIEW)
        style = job['style']
        image = sculpture(scene, rng) if style == 'sculpture' else STYLES[style](render(scene), rng)
        save_jpeg(root / job['file'], image)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """See :meth:`DatasetWriter.finish`."""
        lines = [f'{wnid} {builder.__name__}' for wnid, builder in RENDITION_CLASSES.items()]
        (root / 'README.txt').write_text(README + '\n'.join(lines) + '\n')
        return count_by_split(jobs, 'wnid')
