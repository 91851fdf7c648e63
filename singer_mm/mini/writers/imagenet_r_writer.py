"""ImageNet-R: ``<wnid>/*.jpg`` for some of its 200 classes, drawn, painted, carved or laid in stones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..portrait import portrait
from ..render import render
from ..styles import STYLES, sculpture
from .dataset_writer import DatasetWriter, Job, save_image
from .imagenet_writer import RENDITION_CLASSES

PER_CLASS = 8
README = """ImageNet-R(endition), a procedural miniature.

One folder for each class, named by its WordNet id. The place of a folder in this directory is not its label: the
labels are places among the 1,000 ids of ImageNet-1K, of which these are a few.

"""


class ImageNetRWriter(DatasetWriter):
    """Eight renditions of each of 16 classes, beside a README.txt as in the original."""

    folder = 'imagenet-r'

    def jobs(self) -> list[Job]:
        styles = [*STYLES, 'sculpture']
        cycle = [styles[index % len(styles)] for index in range(PER_CLASS)]
        return [
            dict(split='test', label=wnid, style=style, file=f'{wnid}/{style}_{index}.jpg')
            for wnid in RENDITION_CLASSES
            for index, style in enumerate(cycle)
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> None:
        scene = portrait(job['label'], RENDITION_CLASSES[job['label']](rng), rng)
        style = job['style']
        image = sculpture(scene, rng) if style == 'sculpture' else STYLES[style](render(scene), rng)
        save_image(root / job['file'], image)

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        lines = [f'{wnid} {blueprint.__name__}' for wnid, blueprint in RENDITION_CLASSES.items()]
        (root / 'README.txt').write_text(README + '\n'.join(lines) + '\n')
        return super().finish(root, jobs, results)
