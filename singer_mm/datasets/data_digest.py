"""By what features and results notice that the data behind them have changed."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from singer_mm.errors import DataError

FILE_KEYS = ('img_path', 'seg_map_path', 'depth_map_path')
"""Where a sample's annotation names its files."""

_BLOCK = 1 << 22


def data_digest(dataset: Any) -> str:
    """Return a name for what a dataset holds, as 64 hexadecimal digits.

    It follows from the classes, from the label of each sample, from the content of the annotation file and, for each
    image and map, from its place below ``data_root``, its size and the time of its last change. Images are not read:
    all that are changed, in whatever way, get another time. Where the data lie does not count, so that a folder that is
    moved, or copied with its times, keeps its name; a copy with new times gets a new one.

    Args:
        dataset: An MMEngine ``BaseDataset`` of any library.

    Raises:
        DataError: If a file is not there.
    """
    root = data_root_of(dataset)
    digest = hashlib.sha256(json.dumps(dataset.metainfo, sort_keys=True, default=str).encode())
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        digest.update(f'{info.get("gt_label")}\n'.encode())
        for key in FILE_KEYS:
            if info.get(key):
                digest.update(_stamp(str(info[key]), root))
    annotations = getattr(dataset, 'ann_file', None)
    if annotations and os.path.isfile(annotations):
        _update_with_content(digest, annotations)
    return digest.hexdigest()


def data_root_of(dataset: Any) -> str:
    """Return the folder of a dataset without a slash at its end; an empty text if it has none."""
    return str(getattr(dataset, 'data_root', None) or '').rstrip('/')


def place_below(path: str, root: str) -> str:
    """Return ``path`` as seen from ``root`` if it lies there, else as it is."""
    return path.removeprefix(f'{root}/') if root else path


def _stamp(path: str, root: str) -> bytes:
    try:
        facts = os.stat(path)
    except OSError as error:
        raise DataError(
            f'{path} cannot be read ({error.strerror}); copy it again from the official archive.'
        ) from error
    return f'{place_below(path, root)} {facts.st_size} {facts.st_mtime_ns};'.encode(errors='surrogateescape')


def _update_with_content(digest: Any, path: str) -> None:
    with open(path, 'rb') as file:
        while block := file.read(_BLOCK):
            digest.update(block)
