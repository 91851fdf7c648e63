"""From an image file to an array, as stored: for labels that lie on pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from singer_mm.datasets.image_reading import read_stored_rgb
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadStoredImage:
    """Take the place of mmcv's ``LoadImageFromFile`` in segmentation, depth and detection.

    Reads ``results['img_path']`` into ``img``, ``(H, W, 3)`` uint8 in the order BGR, ``img_shape`` and ``ori_shape``,
    each ``(H, W)``. The pixels are those of :class:`LoadUprightImage`, but an EXIF orientation is not applied: masks,
    depth and boxes were made on the pixels as stored and have no such tag.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind that has no defined range.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add ``img``, ``img_shape`` and ``ori_shape`` to ``results``."""
        rgb = np.asarray(read_stored_rgb(results['img_path']))
        results['img'] = np.ascontiguousarray(rgb[:, :, ::-1])
        results['img_shape'] = results['ori_shape'] = rgb.shape[:2]
        return results
