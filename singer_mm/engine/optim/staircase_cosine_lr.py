"""The schedule of SiNGER's released code: a warm-up and a cosine that jump at the start of each epoch."""

from __future__ import annotations

import math
from typing import Any

from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.param_scheduler import _ParamScheduler

from singer_mm.errors import ConfigError
from singer_mm.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class StaircaseCosineLR(LRSchedulerMixin, _ParamScheduler):
    """Linear warm-up and cosine that count ``ranks`` times as many iterations in an epoch as there are.

    The released code of SiNGER (AIRLABkhu/SiNGER, ``engine/utils.py``) divides the total batch by the number of
    processes before it counts the batches of an epoch. With 4 processes it counts ``4 n`` batches instead of ``n``:
    iteration ``i`` of epoch ``e`` is at ``4 n e + i``. Within an epoch the rate covers a quarter of its way, and at the
    next epoch it jumps to the value of a plain schedule. Epoch 1 of a warm-up of 5 thus ends at 0.05 of the rate
    instead of 0.2. With one rank this is the plain schedule.

    Args:
        optimizer, **kwargs: Those of MMEngine's ``_ParamScheduler``.
        ranks: Number of processes of the run to repeat, not of this run.
        warmup_epochs: Epochs until the full rate.
        eta_min_ratio: Last rate, as a share of the full rate.
        epoch_length: Iterations of an epoch; with ``convert_to_iter_based=True`` the Runner sets it.
        begin: First iteration of the schedule; first epoch before the conversion.
        end: Iteration (epoch) at which it ends.

    Raises:
        ConfigError: If ``ranks`` is below 1, the warm-up is as long as the schedule, or ``epoch_length`` is missing.
    """

    def __init__(
        self,
        optimizer: Any,
        ranks: int,
        warmup_epochs: int = 5,
        eta_min_ratio: float = 1e-4,
        epoch_length: int | None = None,
        begin: int = 0,
        end: int = 0,
        **kwargs: Any,
    ) -> None:
        if ranks < 1:
            raise ConfigError(f'StaircaseCosineLR: ranks is {ranks}; it must be at least 1.')
        if epoch_length is None:
            raise ConfigError('StaircaseCosineLR counts iterations; set convert_to_iter_based=True.')
        self.ranks, self.warmup_epochs, self.eta_min_ratio = ranks, warmup_epochs, eta_min_ratio
        self.epoch_length, self.epochs = epoch_length, (end - begin) // epoch_length
        if not 0 <= warmup_epochs < self.epochs:
            raise ConfigError(
                f'StaircaseCosineLR: warmup_epochs is {warmup_epochs}, but the schedule has {self.epochs} epochs; '
                'train longer, or lower it.'
            )
        super().__init__(optimizer, begin=begin, end=end, **{**kwargs, 'by_epoch': False})

    @classmethod
    def build_iter_from_epoch(
        cls, *args: Any, begin: int = 0, end: int = 0, by_epoch: bool = True, epoch_length: int, **kwargs: Any
    ) -> StaircaseCosineLR:
        """Build the schedule of the epochs ``begin`` to ``end``; the Runner calls it.

        Raises:
            ConfigError: If the schedule was not stated in epochs.
        """
        if not by_epoch:
            raise ConfigError('StaircaseCosineLR is stated in epochs; remove by_epoch=False.')
        settings = dict(kwargs, begin=begin * epoch_length, end=end * epoch_length, epoch_length=epoch_length)
        return cls(*args, **settings)

    def factor(self, iteration: int) -> float:
        """Return the rate after ``iteration`` iterations, as a share of the full rate."""
        epoch, position = divmod(iteration, self.epoch_length)
        counted = self.epoch_length * self.ranks
        warmup = counted * self.warmup_epochs
        place = counted * epoch + position
        if place < warmup:
            return (place + 1) / warmup
        share = (place - warmup) / (counted * (self.epochs - self.warmup_epochs))
        return (math.cos(math.pi * share) + 1) / 2 * (1 - self.eta_min_ratio) + self.eta_min_ratio

    def _get_value(self) -> list[float]:
        """Return the rate of each parameter group."""
        return [value * self.factor(self.last_step) for value in self.base_values]
