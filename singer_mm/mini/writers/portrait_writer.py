"""What the datasets of labelled images share."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..backdrops import Backdrop, any_backdrop
from ..portrait import PLAIN_VIEW, View, photograph, portrait
from ..scene import Part
from .dataset_writer import DatasetWriter, Job, save_image

Blueprint = Callable[[Generator], list[Part]]


class PortraitWriter(DatasetWriter):
    """Writes photographs of single things.

    Attributes:
        blueprints: By label: builds an individual of the class.
        view: How the photographs are taken.
        backdrop: Draws the surroundings.
    """

    blueprints: Mapping[Any, Blueprint]
    view: View = PLAIN_VIEW
    backdrop: Callable[[Generator], Backdrop] = staticmethod(any_backdrop)

    def draw(self, root: Path, job: Job, rng: Generator) -> tuple[int, int]:
        """Draw one image and write it; return its width and height."""
        thing = self.blueprints[job['label']](rng)
        scene = portrait(str(job['label']), thing, rng, self.view, self.backdrop)
        image = photograph(scene, rng).image
        save_image(root / job['file'], image)
        return image.shape[1], image.shape[0]
