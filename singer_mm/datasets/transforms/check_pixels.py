"""The check that all maps share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from singer_mm.errors import DataError


def check_pixels(labels: NDArray[Any], results: dict[str, Any], path: str, what: str) -> None:
    """Check that a loaded map has one value for each pixel of its image.

    Args:
        labels: The map as loaded.
        results: The sample; ``ori_shape`` is the size of its image as stored, ``(H, W)``.
        path: File of the map.
        what: Name of the kind of map in the message.

    Raises:
        DataError: If it has several channels or another size.
    """
    if np.ndim(labels) != 2:
        channels = labels.shape[-1] if np.ndim(labels) == 3 else 'no'
        raise DataError(f'{path} has {channels} channels; a {what} has one: prepare it from the official archive.')
    image_shape = tuple(results.get('ori_shape', labels.shape))
    if labels.shape != image_shape:
        raise DataError(
            f'{path} has {labels.shape[1]}x{labels.shape[0]} pixels and its image {image_shape[1]}x{image_shape[0]}; a '
            f'{what} has the size of its image as stored, before any EXIF orientation: prepare both again.'
        )
