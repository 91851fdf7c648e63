"""The total batch of a protocol, distributed among processes and micro-batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError, DataError

from .allowed import NONE
from .value_ranges import COUNT

TOTAL = 'total_batch_size'
MAXIMUM = 'max_batch_per_gpu'


@dataclass(frozen=True)
class BatchPlan:
    """How the images of one optimizer step are distributed.

    Attributes:
        total: Images of one optimizer step, over all processes.
        processes: Number of processes, one for each GPU.
        accumulation: Number of micro-batches of a process, whose gradients are accumulated.
    """

    total: int
    processes: int
    accumulation: int = 1

    @property
    def share(self) -> int:
        """Images of a process in one optimizer step."""
        return self.total // self.processes

    @property
    def micro_batch(self) -> int:
        """Images in one forward pass of a process."""
        return self.share // self.accumulation

    def describe(self) -> str:
        """Return a description for the log."""
        accumulated = f' in {self.accumulation} micro-batches' if self.accumulation > 1 else ''
        return f'total batch {self.total}: {self.processes} x {self.share} images{accumulated}'

    def check_filled_by(self, num_samples: int) -> None:
        """Check that the training data fill at least one batch.

        Raises:
            DataError: If they do not.
        """
        if num_samples < self.total:
            raise DataError(
                f'the training data are {num_samples} samples, which do not fill a total batch of {self.total} '
                f'({self.processes} x {self.share}); lower {TOTAL}, or add data (crops_per_image of UnlabelledImages).'
            )

    @classmethod
    def of(cls, cfg: Config | dict[str, Any], processes: int) -> BatchPlan | None:
        """Return the plan of a config; None if it trains nothing.

        The config states either ``total_batch_size``, or the batch of each process, MMEngine's
        ``train_dataloader.batch_size``. If the share of a process exceeds ``max_batch_per_gpu``, it is divided into as
        few equal micro-batches as possible.

        Raises:
            ConfigError: If the numbers are missing, contradict each other, or cannot be divided.
        """
        loader = cfg.get('train_dataloader')
        if loader is None:
            return None
        total, maximum, per_process = cfg.get(TOTAL), cfg.get(MAXIMUM), loader.get('batch_size')
        for name, value in ((TOTAL, total), (MAXIMUM, maximum), ('train_dataloader.batch_size', per_process)):
            (COUNT | NONE).check(name, value)
        if total is not None and per_process is not None:
            raise ConfigError(
                f'{TOTAL} is {total} and train_dataloader.batch_size is {per_process}: state one of them, the total of '
                f'all processes or the batch of each; set {TOTAL}=None to use the latter.'
            )
        if total is None and per_process is None:
            raise ConfigError(f'the config trains, but has no {TOTAL}; state how many images one optimizer step takes.')
        if total is not None and total % processes:
            below, above = total // processes * processes, -(-total // processes) * processes
            allowed = f'{below} or {above}' if below else above
            divisors = [number for number in range(1, total + 1) if total % number == 0]
            nearest = min(divisors, key=lambda number: abs(number - processes))
            raise ConfigError(
                f'{TOTAL} is {total}, which {processes} processes cannot share equally; start {nearest} processes, or '
                f'set {TOTAL} to {allowed}.'
            )
        share = per_process if total is None else total // processes
        accumulation = 1
        if maximum is not None and share > maximum:
            accumulation = next(count for count in range(-(-share // maximum), share + 1) if share % count == 0)
        counts = (cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1)
        if counts != 1 and (total is not None or accumulation > 1):
            raise ConfigError(
                f'optim_wrapper.accumulative_counts is {counts} beside {TOTAL}={total} and {MAXIMUM}={maximum}; remove '
                f'it: the Runner accumulates where the share of a process exceeds {MAXIMUM}.'
            )
        return cls(share * processes, processes, accumulation)
