"""Features of a frozen backbone, read from disk instead of images."""

import json
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.structures import BaseDataElement, PixelData
from torch.utils.data import Dataset

from singer_mm.errors import DataError
from singer_mm.registry import DATASETS
from singer_mm.utils.folder_use import FolderInUse

SAMPLE_CLASSES = {
    'DataSample': 'mmpretrain.structures',
    'SegDataSample': 'mmseg.structures',
}
"""Modules of the data sample classes that a cache can hold."""

TARGETS = ('gt_label', 'gt_sem_seg', 'gt_depth_map')
"""Fields of a data sample that can be its target."""

PATH_ENDING = '_path'
"""Ending of the keys of meta information that hold paths; a path below the data root is relative to it."""


@DATASETS.register_module()
class CachedFeatures(Dataset[Any]):
    """One entry of the feature cache, which :mod:`singer_mm.downstream.feature_cache` writes::

        folder/
        ├── entry.json       shape, sample class, target, classes of the dataset
        ├── tokens.npy       float16 (N, L, T, C), memory-mapped
        ├── samples.jsonl    meta information of each sample, with shape and position of its target
        ├── targets.bin      labels, masks or depth maps, one after the other
        └── used             time and process of the last use: no process removes an entry that another reads

    Keys are ``(index, seed)`` pairs of :class:`ResumableSampler` or plain indices. The seed has no effect.

    Args:
        folder: Folder of the entry.
        data_root: Current folder of the dataset's files.

    Raises:
        DataError: If the entry cannot be read.
    """

    def __init__(self, folder: str, data_root: str = '') -> None:
        self.folder = Path(folder)
        self.data_root = data_root
        try:
            self.entry: dict[str, Any] = json.loads((self.folder / 'entry.json').read_text())
            with open(self.folder / 'samples.jsonl') as lines:
                self._samples = [json.loads(line) for line in lines]
            self._in_use = FolderInUse(self.folder)
        except OSError as error:
            raise DataError(
                f'feature cache entry {folder} cannot be read ({error}); remove it and run again.'
            ) from error
        self._tokens = np.load(self.folder / 'tokens.npy', mmap_mode='r')
        self._targets = np.memmap(self.folder / 'targets.bin', dtype=self.entry['target_dtype'], mode='r')
        module = import_module(SAMPLE_CLASSES[self.entry['sample_class']])
        self._sample_class: type[BaseDataElement] = getattr(module, self.entry['sample_class'])

    @property
    def metainfo(self) -> dict[str, Any]:
        """Meta information of the dataset, such as its classes."""
        return dict(self.entry['metainfo'])

    def full_init(self) -> None:
        """Do nothing, since all annotations are loaded; wrappers of datasets call this."""

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, key: tuple[int, int] | int) -> dict[str, Any]:
        """Return ``inputs`` ``(L, T, C)``, float16, and ``data_samples``."""
        index = index_of(key)
        return {'inputs': torch.from_numpy(self._tokens[index].copy()), 'data_samples': self._sample(index)}

    def __getitems__(self, keys: Sequence[tuple[int, int] | int]) -> dict[str, Any]:
        """Return a whole batch: ``inputs`` ``(B, L, T, C)`` and a list of ``data_samples``."""
        indices = [index_of(key) for key in keys]
        return {
            'inputs': torch.from_numpy(self._tokens[indices]),
            'data_samples': [self._sample(index) for index in indices],
        }

    def _sample(self, index: int) -> BaseDataElement:
        record = self._samples[index]
        start, shape = record['start'], record['shape']
        target = torch.from_numpy(self._targets[start : start + int(np.prod(shape))].reshape(shape).copy())
        metainfo = {key: _tuples(value) for key, value in record['metainfo'].items()}
        for key, value in metainfo.items():
            if key.endswith(PATH_ENDING):
                metainfo[key] = os.path.join(self.data_root, value)
        sample = self._sample_class(metainfo=metainfo)
        name = self.entry['target']
        if name == 'gt_label':
            sample.set_field(target, name, dtype=torch.Tensor)
        else:
            sample.set_data({name: PixelData(data=target)})
        return sample


def index_of(key: tuple[int, int] | int) -> int:
    """Return the index of an ``(index, seed)`` pair or a plain index."""
    return key[0] if isinstance(key, tuple) else key


def _tuples(value: Any) -> Any:
    """Turn the lists of JSON into tuples, which shapes and scale factors must be."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
