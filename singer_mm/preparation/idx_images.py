"""MNIST's file format IDX, written as a folder of PNG files for each class."""

import gzip
import tempfile
import zlib
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from singer_mm.errors import DataError

SPLITS = {'train': 'train', 'test': 't10k'}
"""Name of a split to the beginning of its file names, as MNIST and Fashion-MNIST use them."""
BYTES = 0x08
"""The code of unsigned bytes in the third byte of an IDX file."""


def read_idx(path: Path, dimensions: int) -> NDArray[Any]:
    """Return the array of unsigned bytes of an IDX file, which may be compressed (``.gz``).

    The format: two zero bytes, the code of the type, the number of dimensions, each dimension as big-endian 32-bit
    integer, then the data (Y. LeCun, the MNIST database).

    Args:
        path: The file.
        dimensions: Expected number of dimensions: 3 for images ``(n, H, W)``, 1 for labels ``(n,)``.

    Raises:
        DataError: If the file is missing, truncated or damaged, or has another number of dimensions or another type.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == '.gz' else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f'{path} is missing or damaged ({error}); download it again.') from error
    header = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, BYTES, dimensions]) or len(content) < header:
        kind = 'images (three dimensions)' if dimensions == 3 else 'labels (one dimension)'
        raise DataError(f'{path} is no IDX file of {kind}; are the files of images and labels exchanged?')
    shape = np.frombuffer(content, '>u4', count=dimensions, offset=4).tolist()
    if len(content) - header != prod(shape):
        raise DataError(
            f'{path} holds {len(content) - header:,} values, but its header says {prod(shape):,}; download it again.'
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_splits(source: Path) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Return images ``(n, H, W)`` and labels ``(n,)`` of each of the :data:`SPLITS`.

    Raises:
        DataError: If a file is missing or damaged, or the numbers of images and labels of a split differ.
    """
    splits = {}
    for split, prefix in SPLITS.items():
        images = read_idx(_find(source, f'{prefix}-images-idx3-ubyte'), 3)
        labels = read_idx(_find(source, f'{prefix}-labels-idx1-ubyte'), 1)
        if len(images) != len(labels) or not len(images):
            raise DataError(
                f'{source} has {len(images):,} images and {len(labels):,} labels of the split {split}; there must be '
                'one label for each image; download both files again.'
            )
        splits[split] = images, labels
    return splits


def write_class_folders(
    splits: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], out: Path, advance: Callable[[], None] = lambda: None
) -> None:
    """Write ``out/SPLIT/LABEL/00000.png`` and so on; ``out`` is complete or absent.

    Args:
        splits: Images and labels of each split, see :func:`read_splits`.
        out: Folder to write.
        advance: Called after each image.

    Raises:
        DataError: If ``out`` exists.
    """
    if out.exists():
        raise DataError(f'{out} exists; remove it or choose another --out.')
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f'.{out.name}.') as temporary:
        folder = Path(temporary, out.name)
        for split, (images, labels) in splits.items():
            for label in np.unique(labels):
                (folder / split / str(label)).mkdir(parents=True)
            for index, (image, label) in enumerate(zip(images, labels, strict=True)):
                Image.fromarray(image).save(folder / split / str(label) / f'{index:05d}.png')
                advance()
        folder.rename(out)


def _find(source: Path, name: str) -> Path:
    compressed = source / f'{name}.gz'
    return compressed if compressed.exists() else source / name
