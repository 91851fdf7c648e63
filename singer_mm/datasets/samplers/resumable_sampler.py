"""A data order that can start at any position."""

from collections.abc import Iterator, Sized

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from singer_mm.registry import DATA_SAMPLERS
from singer_mm.utils.random_state import derive_seed


@DATA_SAMPLERS.register_module()
class ResumableSampler(Sampler[tuple[int, int]]):
    """Yield ``(index, seed)`` pairs: the index of a sample and the seed of its augmentation.

    Order and seeds depend only on the run's seed, the epoch and the position in the epoch, not on the number of
    processes or workers: two processes together have the same samples as one process with twice the batch size. An
    epoch can start at any position at no cost. The last samples of an epoch that do not fill every process are dropped.

    Args:
        dataset: The dataset; it must accept the pairs as keys.
        shuffle: Shuffle again in every epoch.
        reshuffle: False: every epoch has the order of the first epoch, with new augmentations.
        seed: The run's seed, the same in all processes; drawn and shared if omitted.
    """

    def __init__(self, dataset: Sized, shuffle: bool = True, seed: int | None = None, reshuffle: bool = True) -> None:
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.shuffle = shuffle
        self.reshuffle = reshuffle
        self.seed: int = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.start = 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        size = len(self.dataset)
        generator = torch.Generator().manual_seed(derive_seed(self.seed, self.epoch if self.reshuffle else 0))
        order = torch.randperm(size, generator=generator) if self.shuffle else torch.arange(size)
        for position in range(self.start, len(self)):
            place = position * self.world_size + self.rank
            yield int(order[place]), derive_seed(self.seed, self.epoch, place)

    def __len__(self) -> int:
        """Return the number of samples of a whole epoch in this process."""
        return len(self.dataset) // self.world_size

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch and start at its beginning."""
        self.epoch, self.start = epoch, 0

    def skip(self, num_samples: int) -> None:
        """Start the epoch after the first ``num_samples`` samples of this process."""
        self.start = num_samples
