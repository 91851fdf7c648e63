"""From an image file to an array, as stored: for labels that lie on pixels."""

from __future__ import annotations

from typing import Any

import cv2

from singer_mm.registry import TRANSFORMS

from .stored_pixels import read_stored


@TRANSFORMS.register_module()
class LoadStoredImage:
    """Take the place of mmcv's ``LoadImageFromFile`` in segmentation, depth and detection.

    Reads ``results['img_path']`` into ``img``, ``(H, W, 3)`` uint8 in the order BGR, ``img_shape`` and ``ori_shape``,
    each ``(H, W)``. OpenCV decodes, as in mmcv, but an EXIF orientation is not applied: masks, depth and boxes were
    made on the pixels as stored and have no such tag.

    Raises:
        DataError: If the file is missing, unreadable or truncated.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add ``img``, ``img_shape`` and ``ori_shape`` to ``results``."""
        results['img'] = pixels = read_stored(results['img_path'], cv2.IMREAD_COLOR)
        results['img_shape'] = results['ori_shape'] = pixels.shape[:2]
        return results
