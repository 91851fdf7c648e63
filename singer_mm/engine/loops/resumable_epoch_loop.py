"""Training that continues in the middle of an epoch as if nothing had happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.runner import EpochBasedTrainLoop

from singer_mm.errors import ConfigError
from singer_mm.registry import LOOPS
from singer_mm.utils.random_state import derive_seed


@LOOPS.register_module()
class ResumableEpochLoop(EpochBasedTrainLoop):
    """``EpochBasedTrainLoop`` that resumes at any iteration, without reading the data it has already seen.

    MMEngine's own loop restarts an interrupted epoch at its beginning. Here the iteration count alone tells epoch
    and position, the sampler starts there, and the random draws of an iteration (drop path, mixup) are seeded from
    the run's seed, the iteration and the rank. It takes a :class:`ResumableSampler`.

    Raises:
        ConfigError: If the data loader has another sampler, or an epoch has become longer or shorter than it was when
            the checkpoint was written.
    """

    _epoch: int
    _iter: int

    def run_epoch(self) -> None:
        """Run the rest of the current epoch."""
        epoch_length = len(self.dataloader)
        sampler = self.dataloader.sampler
        if not hasattr(sampler, 'skip') or not self.dataloader.drop_last:
            raise ConfigError(
                "ResumableEpochLoop needs train_dataloader.sampler=dict(type='ResumableSampler') and drop_last=True, "
                f'but got a {type(sampler).__name__} and drop_last={self.dataloader.drop_last}.'
            )
        epoch, start = divmod(self._iter, epoch_length)
        # A checkpoint written after the last iteration of an epoch still carries that epoch's number.
        if epoch != self._epoch and (epoch, start) != (self._epoch + 1, 0):
            raise ConfigError(
                f'the checkpoint stands at iteration {self._iter} in epoch {self._epoch}, but an epoch now has '
                f'{epoch_length} iterations; resume with the data, batch size and number of processes of the first run.'
            )
        self._epoch = epoch
        if epoch == self._max_epochs:
            return
        self.runner.call_hook('before_train_epoch')
        # After the hooks, since MMEngine's DistSamplerSeedHook sets the epoch too. Resuming adopts the seed of the
        # checkpoint, but the sampler was built before.
        sampler.seed = self.runner.seed
        sampler.set_epoch(self._epoch)
        sampler.skip(start * self.dataloader.batch_size)
        self.runner.model.train()
        for position, data_batch in enumerate(self.dataloader, start=start):
            self.run_iter(position, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Sequence[Any]) -> None:
        """Run one iteration with randomness of its own."""
        seed = derive_seed(self.runner.seed, self._iter, get_rank())
        torch.manual_seed(seed)
        np.random.seed(seed)  # mmpretrain's mixup draws from it
        super().run_iter(idx, data_batch)
