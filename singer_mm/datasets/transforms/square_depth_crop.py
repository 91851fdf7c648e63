"""The central square of an image and its depth, as in the released evaluation of SiNGER."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class SquareDepthCrop:
    """The central square of the shorter side, or for training a random part of it, resized to ``size``.

    Image and depth are both resized bilinearly with antialiasing. This mixes the depths of an object and of the wall
    behind it, and a missing value (0) with its neighbours; use it only for depth without holes. The released code draws
    one position for all images of a batch; here each image has its own.

    Args:
        size: Side of the result in pixels.
        share: Side of the random part as a share of the square; None: the whole square.
    """

    def __init__(self, size: int = 224, share: float | None = None) -> None:
        self.size = size
        self.share = share

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop ``img`` and ``gt_depth_map``; the size of the result becomes the original size."""
        height, width = results['img'].shape[:2]
        side = min(height, width)
        top, left = round((height - side) / 2), round((width - side) / 2)
        if self.share is not None:
            part = int(side * self.share)
            top, left = (start + int(torch.randint(side - part, ())) for start in (top, left))
            side = part
        for key in ('img', 'gt_depth_map'):
            results[key] = self._resized(results[key][top : top + side, left : left + side])
        results['img_shape'] = results['ori_shape'] = (self.size, self.size)
        return results

    def _resized(self, pixels: np.ndarray) -> np.ndarray:
        planes = torch.from_numpy(np.ascontiguousarray(pixels)).float().reshape(*pixels.shape[:2], -1).permute(2, 0, 1)
        size = (self.size, self.size)
        resized = F.interpolate(planes[None], size, mode='bilinear', align_corners=False, antialias=True)[0]
        return resized.permute(1, 2, 0).numpy().reshape(*size, *pixels.shape[2:])
