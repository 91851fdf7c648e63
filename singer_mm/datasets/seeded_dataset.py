"""The dataset of any library with a sampler that yields seeds."""

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from torch.utils.data import Dataset

from singer_mm.registry import DATASETS
from singer_mm.utils.random_state import seeded

from .batched_collate import fetch_batch
from .cached_features import CachedFeatures, index_of


@DATASETS.register_module()
class SeededDataset(Dataset[Any]):
    """Accept the ``(index, seed)`` keys of :class:`ResumableSampler` for a dataset with plain indices.

    The random augmentation then depends only on the run's seed, the epoch and the position in the epoch, so that a
    resumed training has the same samples as an uninterrupted one.

    Args:
        dataset: The dataset, or its config in the default scope.
    """

    def __init__(self, dataset: BaseDataset | dict[str, Any]) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset

    @property
    def metainfo(self) -> dict[str, Any]:
        """Meta information of the dataset, such as its classes."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations if they are not loaded yet."""
        self.dataset.full_init()

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, key: tuple[int, int] | int) -> Any:
        """Return the sample of a key, augmented with the key's seed; plain indices use seed 0."""
        index, seed = key if isinstance(key, tuple) else (key, 0)
        with seeded(seed):
            return self.dataset[index]

    def __getitems__(self, keys: Sequence[tuple[int, int] | int]) -> Any:
        """Return the samples of ``keys``; cached features, which have no augmentation, as one batch."""
        innermost = self.dataset
        while hasattr(innermost, 'dataset'):
            innermost = innermost.dataset
        if isinstance(innermost, CachedFeatures):
            return fetch_batch(self.dataset, [index_of(key) for key in keys])
        return [self[key] for key in keys]
