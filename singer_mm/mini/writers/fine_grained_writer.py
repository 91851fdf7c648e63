"""What the four fine-grained datasets share: portraits of one kind of thing, closer and from fewer sides."""

from collections.abc import Iterable
from typing import Any

from ..portrait import View
from .portrait_writer import PortraitWriter

TRAIN_PER_CLASS = 16
TEST_PER_CLASS = 8


class FineGrainedWriter(PortraitWriter):
    """Portraits of variants of one thing; a job's ``label`` names the variant."""

    view = View(elevation=(8, 45), zoom=(1.0, 1.5), off_centre=0.08, tilt=0.0, clutter=(0, 2), brightness=(0.7, 1.2))


def every_image(variants: Iterable[Any], splits: dict[str, int]) -> list[tuple[str, Any, int]]:
    """Return ``(split, variant, index)`` of all images, with so many of each variant in each split.

    The indices continue from one split to the next.
    """
    split_by_index = [split for split, per_class in splits.items() for _ in range(per_class)]
    return [(split, variant, index) for index, split in enumerate(split_by_index) for variant in variants]
