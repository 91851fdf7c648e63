"""Opening image files: only the kinds that are named here, and only regular files."""

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

# Pillow reads more kinds. EPS, for example, starts Ghostscript, which executes the program in the file.
IMAGE_FORMATS = ('JPEG', 'PNG', 'BMP', 'WEBP', 'TIFF', 'GIF')
# Errors of Pillow's decoders for broken files.
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
# From the value of the EXIF tag to the operation that makes the image upright.
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
    """The range of the pixel values is not defined, so that no value is known to be white."""


@contextmanager
def opened_image(path: str | Path) -> Iterator[Image.Image]:
    """Open an image file; its pixels are decoded on access inside the ``with`` block.

    Raises:
        DataError: If the file is missing, not a regular file (a FIFO would block), of another kind than
            ``IMAGE_FORMATS``, or broken; also if the ``with`` block detects it.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DataError(f'image {path} is not a regular file; remove it or replace it by an image.')
        with Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.format == 'PNG':
                # Pillow (12.3) decodes the pixel chunks without their checksums, so that a flipped bit changes pixels.
                # `verify` reads the checksums, but the image cannot be decoded afterwards.
                with Image.open(path, formats=('PNG',)) as copy:
                    copy.verify()
            yield image
    except FileNotFoundError as error:
        raise DataError(f'image {path} does not exist.') from error
    except UnidentifiedImageError as error:
        kinds = ', '.join(IMAGE_FORMATS)
        raise DataError(f'image {path} cannot be read: it is broken or not one of {kinds}; copy it again.') from error
    except UndefinedRangeError as error:
        raise DataError(f'image {path} cannot be read ({error}).') from error
    except BROKEN as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise DataError(f'image {path} cannot be read ({reason}); copy it again.') from error


def read_upright_rgb(path: str | Path) -> Image.Image:
    """Return an image in 8-bit RGB, rotated by its EXIF orientation.

    One channel is repeated, an alpha channel is laid over white, 16 bits are scaled to 8 (Pillow alone would clip them
    to white), palettes and CMYK are converted.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind without a defined range (floating-point,
            signed 32-bit beyond 16 bits).
    """
    with opened_image(path) as image:
        image.load()
        turn = TURNS.get(_orientation(image))
        return to_rgb(image if turn is None else image.transpose(turn))


def read_stored_rgb(path: str | Path) -> Image.Image:
    """Return an image in 8-bit RGB as stored, otherwise like :func:`read_upright_rgb`, with the same errors."""
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
    """Return the EXIF orientation of a loaded image; 1 (upright) if it has no valid one."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except BROKEN:
        return 1  # the pixels are not affected; OpenCV and browsers ignore a damaged block as well
    return value if isinstance(value, int) else 1


def _sixteen_to_eight_bits(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65535:
        raise UndefinedRangeError('32-bit pixels have no defined range; convert the file to 8 bits')
    # 65535 / 255 = 257, so white stays white.
    return Image.fromarray(np.round(pixels / 257).astype(np.uint8))
