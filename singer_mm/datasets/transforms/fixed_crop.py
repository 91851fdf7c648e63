"""The same part of every image."""

from typing import Any

from singer_mm.errors import ConfigError
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FixedCrop:
    """Crop the same box from every image and its maps.

    ``FixedCrop(box=(43, 45, 608, 472))`` is the ``NYUCrop`` of DINOv2 and DINOv3: it removes the frame without depth
    around the images of NYU Depth v2.

    Args:
        box: Left, top, right and lower edge in pixels; the last two are exclusive.

    Raises:
        ConfigError: If the box exceeds an image.
    """

    def __init__(self, box: tuple[int, int, int, int]) -> None:
        self.box = tuple(box)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop ``img`` and every map of ``seg_fields``."""
        left, top, right, lower = self.box
        height, width = results['img'].shape[:2]
        if not (0 <= left < right <= width and 0 <= top < lower <= height):
            raise ConfigError(f'FixedCrop: box is {self.box}, which exceeds an image of {width} x {height} pixels.')
        for key in ('img', *results.get('seg_fields', [])):
            results[key] = results[key][top:lower, left:right]
        results['img_shape'] = results['img'].shape[:2]
        return results
