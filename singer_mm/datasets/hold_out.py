"""A part of a training set that is kept for model selection."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dataset import BaseDataset
from torch.utils.data import Dataset

from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import DATASETS
from singer_mm.utils.random_state import derive_seed

from .batched_collate import fetch_batch

PARTS = ('train', 'held_out')

Key = int | tuple[int, int]


@DATASETS.register_module()
class HoldOut(Dataset[Any]):
    """One of the two parts of a seeded random split.

    The held-out samples depend only on the number of samples, ``share`` and ``seed``. Two configs of one dataset with
    different transforms therefore have complementary parts. Keys are plain indices, or the ``(index, seed)`` pairs of
    :class:`ResumableSampler` if the dataset takes them.

    Args:
        dataset: The dataset to split, or its config in the default scope.
        part: ``train`` or ``held_out``.
        share: Share of samples that is held out, at least one sample.
        seed: Seed of the split. It is not the run's seed: repetitions of a training select on the same samples.

    Raises:
        ConfigError: If ``part`` or ``share`` is out of range.
        DataError: If there are too few samples for two parts.
    """

    def __init__(self, dataset: BaseDataset | dict[str, Any], part: str, share: float = 0.1, seed: int = 0) -> None:
        if part not in PARTS:
            raise ConfigError(f'HoldOut: part is {part!r}; allowed: {", ".join(PARTS)}.')
        if not 0 < share < 1:
            raise ConfigError(f'HoldOut: share is {share}; it must lie between 0 and 1.')
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        size = len(self.dataset)
        if size < 2:
            raise DataError(f'{type(self.dataset).__name__} has {size} samples; two parts need at least 2.')
        num_held_out = min(max(1, round(share * size)), size - 1)
        order = torch.randperm(size, generator=torch.Generator().manual_seed(derive_seed(seed)))
        chosen = order[:num_held_out] if part == 'held_out' else order[num_held_out:]
        self.indices: list[int] = chosen.sort().values.tolist()

    @property
    def metainfo(self) -> dict[str, Any]:
        """Meta information of the dataset, such as its classes."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations if they are not loaded yet."""
        self.dataset.full_init()

    def get_data_info(self, index: int) -> dict[str, Any]:
        return self.dataset.get_data_info(self.indices[index])

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, key: Key) -> Any:
        return self.dataset[self._key_of(key)]

    def __getitems__(self, keys: Sequence[Key]) -> Any:
        """Return samples of this part, as one batch if the dataset can fetch one."""
        return fetch_batch(self.dataset, [self._key_of(key) for key in keys])

    def _key_of(self, key: Key) -> Key:
        return (self.indices[key[0]], key[1]) if isinstance(key, tuple) else self.indices[key]
