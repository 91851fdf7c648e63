"""A few photographs to show what teacher and student make of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from singer_mm.registry import DATASETS


@dataclass(frozen=True)
class Photographs:
    """Square photographs of one size.

    Attributes:
        names: Paths below their folder.
        pixels: uint8 ``(3, size, size)`` each, RGB.
    """

    names: list[str]
    pixels: list[Tensor]

    def as_images(self) -> list[NDArray[Any]]:
        """Return them as a plotting library takes them, ``(size, size, 3)``."""
        return [pixels.permute(1, 2, 0).numpy() for pixels in self.pixels]

    def select(self, indices: Sequence[int]) -> Photographs:
        """Return only some of them."""
        return Photographs([self.names[index] for index in indices], [self.pixels[index] for index in indices])


def spread(total: int, number: int) -> list[int]:
    """Return up to ``number`` indices below ``total``, evenly spaced from the first to the last."""
    return [int(index) for index in np.linspace(0, total - 1, min(number, total)).round()]


def load_photographs(folder: str, number: int, size: int) -> Photographs:
    """Load up to ``number`` photographs spread evenly over the sorted files below ``folder``, as centred squares.

    Raises:
        DataError: If the folder holds none, or they cannot be read.
    """
    pipeline = [
        dict(type='LoadRGBImage'),
        dict(type='TorchvisionTransform', name='Resize', size=size, interpolation='bicubic'),
        dict(type='TorchvisionTransform', name='CenterCrop', size=size),
        dict(type='PackImage'),
    ]
    dataset = DATASETS.build(dict(type='UnlabelledImages', data_root=folder, pipeline=pipeline))
    samples = [dataset[index] for index in spread(len(dataset), number)]
    paths = [sample['data_samples'].img_path for sample in samples]
    return Photographs([os.path.relpath(path, folder) for path in paths], [sample['inputs'] for sample in samples])
