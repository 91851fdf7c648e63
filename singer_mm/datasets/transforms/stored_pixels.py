"""Decoding with OpenCV, as stored."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from singer_mm.datasets.image_reading import opened_image
from singer_mm.errors import DataError


def read_stored(path: str | Path) -> NDArray[Any]:
    """Return the values of an image file in their own type, not rotated, ``(H, W)`` or ``(H, W, C)`` with blue first.

    Raises:
        DataError: If the file is missing, not a regular file, of a kind that is not allowed, or damaged.
    """
    with opened_image(path):
        pass  # checks its kind and its number of pixels
    try:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise DataError(f'image {path} cannot be read (OpenCV: {error.err}); copy it again.') from error
    if pixels is None:
        raise DataError(f'image {path} cannot be read (it is truncated or damaged); copy it again.')
    return pixels
