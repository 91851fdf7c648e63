"""From an image file to an array, upright: for labels of whole images."""

from typing import Any

import numpy as np

from singer_mm.datasets.image_reading import read_upright_rgb
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadUprightImage:
    """Replace mmcv's ``LoadImageFromFile`` for classification.

    Reads ``results['img_path']`` into ``img``, ``(H, W, 3)`` uint8 in the order BGR, ``img_shape`` and ``ori_shape``,
    each ``(H, W)``. The pixels are those of :class:`LoadRGBImage`, on which a student is distilled: rotated by the EXIF
    orientation, alpha over white, 16 bits scaled. For 8-bit RGB and grey JPEGs they equal those of OpenCV.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind without a defined range.
    """

    read = staticmethod(read_upright_rgb)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        rgb = np.asarray(self.read(results['img_path']))
        results['img'] = np.ascontiguousarray(rgb[:, :, ::-1])
        results['img_shape'] = results['ori_shape'] = rgb.shape[:2]
        return results
