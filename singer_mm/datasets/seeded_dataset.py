"""Any library's dataset under a sampler that carries seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from torch.utils.data import Dataset

from singer_mm.registry import DATASETS
from singer_mm.utils.random_state import seeded

from .batched_collate import fetch_batch
from .cached_features import CachedFeatures


@DATASETS.register_module()
class SeededDataset(Dataset[Any]):
    """Take the ``(index, seed)`` keys of :class:`ResumableSampler` on behalf of a dataset that knows plain indices.

    Its random augmentation then depends on the run's seed, the epoch and the position in the epoch alone, so that a
    resumed training sees what the uninterrupted one saw.

    Args:
        dataset: The dataset, or its config in the default scope.
    """

    def __init__(self, dataset: BaseDataset | dict[str, Any]) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset

    @property
    def metainfo(self) -> dict[str, Any]:
        """What the dataset says of its classes."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations, if that was put off."""
        self.dataset.full_init()

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, key: tuple[int, int] | int) -> Any:
        """Return the sample of a key, augmented with the key's seed; plain indices use seed 0."""
        index, seed = key if isinstance(key, tuple) else (key, 0)
        with seeded(seed):
            return self.dataset[index]

    def __getitems__(self, keys: Sequence[tuple[int, int] | int]) -> Any:
        """Return the samples of ``keys``; cached features, of which nothing is random, as one batch."""
        innermost = self.dataset
        while hasattr(innermost, 'dataset'):
            innermost = innermost.dataset
        if isinstance(innermost, CachedFeatures):
            return fetch_batch(self.dataset, [key[0] if isinstance(key, tuple) else key for key in keys])
        return [self[key] for key in keys]
