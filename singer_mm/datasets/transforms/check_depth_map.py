"""Reject depth in wrong units."""

from typing import Any

import numpy as np

from singer_mm.errors import DataError
from singer_mm.registry import TRANSFORMS

from .check_pixels import check_pixels


@TRANSFORMS.register_module()
class CheckDepthMap:
    """Check that a loaded ``gt_depth_map`` is in metres: not empty, and nowhere deeper than ``max_depth``.

    Maps in other units train and evaluate without an error, but the results are meaningless. A test image without any
    depth makes the mean over images NaN.

    Args:
        max_depth: The largest depth of the sensor, in metres.

    Raises:
        DataError: If a sample is empty, deeper, of more than one channel, or of another size than its image.
    """

    def __init__(self, max_depth: float = 10.0) -> None:
        self.max_depth = max_depth

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        path = results['depth_map_path']
        check_pixels(results['gt_depth_map'], results, path, 'depth map')
        deepest = float(np.max(results['gt_depth_map']))
        # The scale of a PNG is not a power of two, so its last step may exceed the limit by rounding.
        if not deepest <= self.max_depth * (1 + 1e-5):
            raise DataError(
                f'{path} has a depth of {deepest:.3f} m, more than {self.max_depth:g} m; depth maps are 16-bit PNGs in '
                'millimetres: convert them again.'
            )
        if deepest <= 0:
            raise DataError(f'{path} holds no depth; remove it with its image, or convert it again.')
        return results
