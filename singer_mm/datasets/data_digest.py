"""A digest by which cached features and results detect a change of their data."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from singer_mm.errors import DataError

FILE_KEYS = ('img_path', 'seg_map_path', 'depth_map_path')
"""Keys of the file paths in the annotation of a sample."""


def data_digest(dataset: Any) -> str:
    """Return a digest of the content of a dataset, as 64 hexadecimal digits.

    It depends on the classes, the label of each sample, the content of the annotation file and, for each image and map,
    its path below ``data_root``, its size and the time of its last change. Images are not read, since every change sets
    a new time. The data root does not count: a folder that is moved, or copied with its times, keeps its digest; a copy
    with new times gets another one.

    Args:
        dataset: An MMEngine ``BaseDataset`` of any library.

    Raises:
        DataError: If a file is missing.
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
        update_with_file(digest, annotations)
    return digest.hexdigest()


def data_root_of(dataset: Any) -> str:
    """Return the folder of a dataset without a slash at its end; an empty string if it has no folder."""
    return str(getattr(dataset, 'data_root', None) or '').rstrip('/')


def place_below(path: str, root: str) -> str:
    """Return ``path`` relative to ``root`` if it is below it, else unchanged."""
    return path.removeprefix(f'{root}/') if root else path


def _stamp(path: str, root: str) -> bytes:
    try:
        facts = os.stat(path)
    except OSError as error:
        raise DataError(
            f'{path} cannot be read ({error.strerror}); copy it again from the official archive.'
        ) from error
    return f'{place_below(path, root)} {facts.st_size} {facts.st_mtime_ns};'.encode(errors='surrogateescape')


def update_with_file(digest: Any, path: str | Path) -> None:
    """Update a digest of :mod:`hashlib` with the content of a file."""
    with open(path, 'rb') as file:
        while block := file.read(1 << 22):
            digest.update(block)
