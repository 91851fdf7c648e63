"""How image files are opened: only the kinds that are named here, and never anything but a regular file."""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from singer_mm.errors import DataError

# Pillow knows more. EPS among them starts Ghostscript, a program that executes what the file says.
IMAGE_FORMATS = ('JPEG', 'PNG', 'BMP', 'WEBP', 'TIFF', 'GIF')
# What Pillow's decoders report broken files by.
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
# From the value of the EXIF tag to what brings the pixels upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UndefinedRangeError(ValueError):
    """Nobody can say which value of a pixel is white."""


@contextmanager
def opened_image(path: str | Path) -> Iterator[Image.Image]:
    """Open an image file; its pixels are decoded when they are asked for, inside the ``with`` block.

    Raises:
        DataError: If the file is missing, no regular file (a FIFO would wait for ever), of another kind than
            ``IMAGE_FORMATS``, or broken; also where the block finds that out.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DataError(f'image {path} is no regular file; remove it or put an image in its place.')
        with Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.format == 'PNG':
                _verify_checksums(path)
            yield image
    except FileNotFoundError as error:
        raise DataError(f'image {path} does not exist.') from error
    except UnidentifiedImageError as error:
        kinds = ', '.join(IMAGE_FORMATS)
        raise DataError(f'image {path} cannot be read: it is none of {kinds}, or broken; copy it again.') from error
    except UndefinedRangeError as error:
        raise DataError(f'image {path} cannot be read ({error}).') from error
    except BROKEN as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise DataError(f'image {path} cannot be read ({reason}); copy it again.') from error


def _verify_checksums(path: str | Path) -> None:
    """Raise what ``BROKEN`` names where a chunk of a PNG file is not what was written.

    Decoding does not tell: Pillow skips the checksums of the pixels' chunks (version 12.3), so that a flipped bit
    becomes other pixels. Its ``verify`` reads them, and spends the file object.
    """
    with Image.open(path, formats=('PNG',)) as image:
        image.verify()


def read_upright_rgb(path: str | Path) -> Image.Image:
    """Return an image in 8-bit RGB, turned as its EXIF orientation says.

    One channel is repeated, an alpha channel is laid over white, 16 bits are scaled to 8 (Pillow alone would clip them
    to white), palettes and CMYK are converted.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind that has no defined range
            (floating-point, signed 32-bit beyond 16 bits).
    """
    with opened_image(path) as image:
        image.load()
        turn = TURNS.get(_orientation(image))
        return to_rgb(image if turn is None else image.transpose(turn))


def read_stored_rgb(path: str | Path) -> Image.Image:
    """Return an image in 8-bit RGB, not turned: as :func:`read_upright_rgb` else, the same errors included."""
    with opened_image(path) as image:
        image.load()
        return to_rgb(image)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return ``image`` in 8-bit RGB, see :func:`read_upright_rgb`.

    Raises:
        UndefinedRangeError: If the range of its values is not defined.
    """
    if image.mode.startswith('I'):
        image = _sixteen_to_eight_bits(image)
    if image.mode == 'F':
        raise UndefinedRangeError('floating-point pixels have no defined range; convert the file to 8 bits')
    if image.mode in ('LA', 'PA', 'RGBA', 'La', 'RGBa') or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGBA', image.size, 'white')
        image = Image.alpha_composite(white, image)
    return image.convert('RGB')


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of a loaded image; 1, upright, where it has none that can be understood."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except BROKEN:
        return 1  # the pixels are whole; OpenCV and browsers ignore a damaged block as well
    return value if isinstance(value, int) else 1


def _sixteen_to_eight_bits(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise UndefinedRangeError('32-bit pixels have no defined range; convert the file to 8 bits')
    # 65535 / 255 = 257, so white stays white.
    return Image.fromarray(np.round(pixels / 257).astype(np.uint8))
