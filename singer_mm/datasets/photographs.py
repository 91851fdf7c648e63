"""A few photographs for analysis: squares of one size, in whole patches."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import center_crop, resize

from singer_mm.errors import ConfigError, DataError

from .transforms import LoadRGBImage
from .unlabelled_images import UnlabelledImages


@dataclass(frozen=True)
class Photographs:
    """Square photographs of one size.

    Attributes:
        names: Paths below their folder, or file names.
        pixels: ``(S, S, 3)`` uint8 RGB each, as plotting libraries expect.
    """

    names: list[str]
    pixels: list[NDArray[Any]]

    @property
    def tensors(self) -> list[Tensor]:
        """The pixels as input of a data preprocessor, uint8 ``(3, S, S)`` each."""
        return [torch.from_numpy(image).permute(2, 0, 1).contiguous() for image in self.pixels]

    @property
    def batch(self) -> Tensor:
        """The pixels as ``(B, 3, S, S)`` float32 in [0, 1]."""
        return torch.stack(self.tensors).float() / 255

    def select(self, indices: Sequence[int]) -> Photographs:
        """Return the photographs of these indices."""
        return Photographs([self.names[index] for index in indices], [self.pixels[index] for index in indices])


def spread(total: int, number: int) -> list[int]:
    """Return up to ``number`` indices below ``total``, evenly spaced from the first to the last."""
    return [int(index) for index in np.linspace(0, total - 1, min(number, total)).round()]


def load_photographs(
    source: str | Path | Sequence[str | Path], size: int | None, patch_size: int = 1, number: int | None = None
) -> Photographs:
    """Load photographs as centred squares whose side is a multiple of the patch size.

    Args:
        source: A folder, which is searched recursively, one file, or several files.
        size: Side in pixels, rounded down to whole patches; None: the shortest side of all photographs, so that none is
            enlarged.
        patch_size: Side of a patch in pixels.
        number: Maximum number of photographs, spread evenly over the sorted files of a folder; None: all.

    Raises:
        ConfigError: If ``size`` is smaller than a patch or ``number`` below 1.
        DataError: If a folder holds no image, or an image is missing, unreadable or smaller than a patch.
    """
    if size is not None and size < patch_size:
        raise ConfigError(f'size {size} is smaller than a patch; allowed: {patch_size} pixels and more.')
    if number is not None and number < 1:
        raise ConfigError(f'number of images is {number}; allowed: 1 and more.')
    paths, names = _find(source)
    chosen = range(len(paths)) if number is None else spread(len(paths), number)
    images = [_read(paths[index], patch_size) for index in chosen]
    side = size or min(min(image.size) for image in images)
    side -= side % patch_size
    return Photographs([names[index] for index in chosen], [np.array(_square(image, side)) for image in images])


def _find(source: str | Path | Sequence[str | Path]) -> tuple[list[str], list[str]]:
    """Return paths and names."""
    if not isinstance(source, str | Path):
        paths = [str(path) for path in source]
        if not paths:
            raise DataError('the list of images is empty; give a folder or files.')
        return paths, [Path(path).name for path in paths]
    if Path(source).is_file():
        return [str(source)], [Path(source).name]
    paths = [entry['img_path'] for entry in UnlabelledImages(str(source), lazy_init=True).load_data_list()]
    return paths, [os.path.relpath(path, source) for path in paths]


def _read(path: str, patch_size: int) -> Image.Image:
    image: Image.Image = LoadRGBImage()({'img_path': path})['img']
    if min(image.size) < patch_size:
        width, height = image.size
        raise DataError(
            f'image {path} has {width}x{height} pixels; give images of at least one patch, {patch_size}x{patch_size}.'
        )
    return image


def _square(image: Image.Image, side: int) -> Image.Image:
    shrunk = resize(image, [side], InterpolationMode.BICUBIC, antialias=True)
    cropped: Image.Image = center_crop(shrunk, [side, side])
    return cropped
