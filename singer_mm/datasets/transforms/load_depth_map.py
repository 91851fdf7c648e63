"""Depth maps, with errors that name the file."""

from typing import Any

import numpy as np

from singer_mm.registry import TRANSFORMS

from .stored_pixels import read_stored


@TRANSFORMS.register_module()
class LoadDepthMap:
    """Replace mmseg's ``LoadDepthAnnotation``, which does not name a missing or damaged file.

    Reads ``results['depth_map_path']`` into ``gt_depth_map``, ``(H, W)`` float32.

    Args:
        depth_rescale_factor: Factor of the stored values: 1e-3 converts millimetres to metres.

    Raises:
        DataError: If the file is missing, unreadable or truncated.
    """

    def __init__(self, depth_rescale_factor: float = 1.0) -> None:
        self.depth_rescale_factor = depth_rescale_factor

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        depth = read_stored(results['depth_map_path']).astype(np.float32)
        depth *= self.depth_rescale_factor
        results['gt_depth_map'] = depth
        results['seg_fields'].append('gt_depth_map')
        results['depth_rescale_factor'] = self.depth_rescale_factor
        return results
