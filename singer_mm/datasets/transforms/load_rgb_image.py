"""From an image file of any usual kind to 8-bit RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from singer_mm.errors import DataError
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBImage:
    """Read ``results['img_path']`` into ``results['img']``, a PIL image in 8-bit RGB.

    One channel is repeated, an alpha channel is laid over white, 16 bits are scaled to 8 (Pillow alone would clip
    them to white), palettes and CMYK are converted.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind that has no defined range
            (floating-point, signed 32-bit beyond 16 bits).
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add ``img`` to ``results``."""
        path = results['img_path']
        try:
            with Image.open(path) as image:
                image.load()
                results['img'] = to_rgb(image)
        except FileNotFoundError as error:
            raise DataError(f'image {path} does not exist.') from error
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            # Pillow's decoders report broken files by all of these.
            raise DataError(f'image {path} cannot be read ({error}).') from error
        return results


def to_rgb(image: Image.Image) -> Image.Image:
    """Return ``image`` in 8-bit RGB, see :class:`LoadRGBImage`.

    Raises:
        ValueError: If the range of its values is not defined.
    """
    if image.mode.startswith('I'):
        image = _sixteen_to_eight_bits(image)
    if image.mode == 'F':
        raise ValueError('floating-point pixels have no defined range; convert the file to 8 bits')
    if image.mode in ('LA', 'PA', 'RGBA', 'La', 'RGBa') or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGBA', image.size, 'white')
        image = Image.alpha_composite(white, image)
    return image.convert('RGB')


def _sixteen_to_eight_bits(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError('32-bit pixels have no defined range; convert the file to 8 bits')
    # 65535 / 255 = 257, so white stays white.
    return Image.fromarray(np.round(pixels / 257).astype(np.uint8))
