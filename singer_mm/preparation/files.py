"""Reading the files of datasets, with errors that name the file and the remedy."""

import hashlib
import json
import os
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
from PIL import Image

from singer_mm.datasets.data_digest import update_with_file
from singer_mm.datasets.image_listing import IMAGE_SUFFIXES
from singer_mm.datasets.image_listing import list_images as list_paths
from singer_mm.datasets.image_reading import UndefinedRangeError, opened_image, to_rgb
from singer_mm.errors import DataError

T = TypeVar('T')


def list_images(folder: Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> list[str]:
    """Return the sorted names of the images directly in a folder, by suffix, without opening them.

    Raises:
        DataError: If the folder cannot be read.
    """
    return [os.path.basename(path) for path in list_paths(folder, suffixes, recursive=False)]


def list_stems(folder: Path, suffix: str = '.jpg') -> list[str]:
    """Return the sorted names of the images in a folder without their suffix, see :func:`list_images`."""
    return [name[: -len(suffix)] for name in list_images(folder, (suffix,))]


def evenly(items: Sequence[T], count: int = 16) -> list[T]:
    """Return up to ``count`` items spread evenly from the first to the last."""
    if len(items) <= count:
        return list(items)
    return [items[round(place * (len(items) - 1) / (count - 1))] for place in range(count)]


def read_image(path: Path) -> Image.Image:
    """Decode an image as stored.

    Raises:
        DataError: If it is missing, truncated, not an image, or has more pixels than Pillow allows.
    """
    try:
        with opened_image(path) as image:
            image.load()
            return image
    except DataError as error:
        reason = type(error.__cause__).__name__ if error.__cause__ else 'not a regular file'
        raise DataError(
            f'{path} cannot be read as an image ({reason}); copy it again from the official archive.'
        ) from error


def check_image(path: Path) -> None:
    """Check that the loaders can decode an image.

    Raises:
        DataError: If it is missing, truncated, not an image, or of a kind without a defined range.
    """
    image = read_image(path)
    try:
        to_rgb(image)
    except UndefinedRangeError as error:
        raise DataError(f'image {path} cannot be read ({error}).') from error


def read_lines(path: Path) -> list[str]:
    """Return the non-empty lines of a list.

    Raises:
        DataError: If it is missing, empty, not text, or has a line twice, which would count an image or class twice.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding='utf-8').splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f'{path} is missing or not a text file; copy it again from the official archive.') from error
    lines = [line for line in lines if line]
    if not lines:
        raise DataError(f'{path} is empty; copy it again from the official archive.')
    double, number = Counter(lines).most_common(1)[0]
    if number > 1:
        raise DataError(f'{path} has the line {double!r} twice; copy it again from the official archive.')
    return lines


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a json file.

    Raises:
        DataError: If it is missing, truncated, not an object, or holds NaN or infinity.
    """

    def refuse(constant: str) -> NoReturn:
        raise DataError(f'{path} holds {constant}, which JSON does not allow; copy it again from the official archive.')

    try:
        content = json.loads(path.read_bytes(), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f'{path} is missing or truncated; copy it again from the official archive.') from error
    if not isinstance(content, dict):
        raise DataError(f'{path} holds a {type(content).__name__} instead of an object; copy the official file.')
    return content


def read_mat(path: Path, keys: tuple[str, ...]) -> list[np.ndarray]:
    """Return vectors of whole numbers from a MATLAB file.

    Raises:
        DataError: If the file is missing or damaged, or lacks one of the keys.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path)
        return [np.asarray(content[key], dtype=np.int64).ravel() for key in keys]
    except (MatReadError, OSError, LookupError, ValueError, TypeError, NotImplementedError, zlib.error) as error:
        raise DataError(
            f'{path} is missing, damaged or lacks one of {", ".join(keys)}; download it again from the official site.'
        ) from error


def check_md5(path: Path, expected: str) -> None:
    """Compare the MD5 of a file.

    Raises:
        DataError: If it differs.
    """
    digest = hashlib.md5(usedforsecurity=False)
    update_with_file(digest, path)
    if digest.hexdigest() != expected:
        raise DataError(
            f'{path} has the MD5 {digest.hexdigest()}, but the official file has {expected}; download it again.'
        )
