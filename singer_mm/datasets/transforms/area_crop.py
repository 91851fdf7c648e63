"""A random part of an image and of its maps, at a fixed size."""

from typing import Any

import mmcv
import numpy as np
import torch
from torchvision.transforms import RandomResizedCrop

from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class AreaCrop:
    """torchvision's ``RandomResizedCrop`` for images with label or depth maps, which mmseg lacks.

    The image is resized bilinearly, without antialiasing (OpenCV, like albumentations); maps by nearest neighbour.

    Args:
        size: Side of the result in pixels.
        scale: Smallest and largest share of the area.
        ratio: Smallest and largest ratio of width to height, before the crop is resized to a square.
    """

    def __init__(
        self, size: int, scale: tuple[float, float] = (0.7, 1.0), ratio: tuple[float, float] = (3 / 4, 4 / 3)
    ) -> None:
        self.size = size
        self.scale = tuple(scale)
        self.ratio = tuple(ratio)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop ``img`` and every map of ``seg_fields``."""
        top, left, height, width = RandomResizedCrop.get_params(
            torch.empty(1, *results['img'].shape[:2]), list(self.scale), list(self.ratio)
        )
        for key, interpolation in [('img', 'bilinear'), *((key, 'nearest') for key in results.get('seg_fields', []))]:
            part = np.ascontiguousarray(results[key][top : top + height, left : left + width])
            results[key] = mmcv.imresize(part, (self.size, self.size), interpolation=interpolation)
        results['img_shape'] = results['img'].shape[:2]
        return results
