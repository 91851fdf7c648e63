"""Numbers of hooks that all processes must share, exchanged without collectives of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mmengine.dist import get_world_size
from mmengine.runner import Runner
from torch import Tensor

from singer_mm.utils.distributed import sum_over_processes


class SharedSums:
    """Sums over all processes of numbers that hooks provide, exchanged together with the losses of an iteration.

    If one process alone stops, saves or fails, the others wait for it forever. Such a decision therefore depends on a
    sum over all processes, which all of them get in the same iteration.
    """

    def __init__(self) -> None:
        self._sources: dict[str, Callable[[], float]] = {}
        self._sums: dict[str, float] = {}
        self._iteration = -1

    @staticmethod
    def of(runner: Runner) -> SharedSums:
        """Return the sums of the runner's training loop.

        Only :class:`ResumableEpochLoop` exchanges losses; with another loop, the sums cost a collective per iteration.
        """
        loop: Any = runner.train_loop
        if not hasattr(loop, 'shared_sums'):
            loop.shared_sums = SharedSums()
        return loop.shared_sums

    def add(self, name: str, source: Callable[[], float]) -> None:
        """Add the number ``name``, which ``source`` returns for this process in each iteration.

        ``source`` is called after the training step and before ``after_train_iter``. Whole numbers up to 2^24 are
        summed exactly.
        """
        self._sources[name] = source

    def exchange(self, iteration: int, logs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Compute the sums of an iteration, and return the means of its ``logs`` over all processes."""
        logs = logs or {}
        own = [float(source()) for source in self._sources.values()]
        self._iteration = iteration
        if get_world_size() == 1:
            self._sums = dict(zip(self._sources, own, strict=True))
            return logs
        if not self._sources and not logs:
            return {}
        values = [torch.as_tensor(value).detach().float() for value in logs.values()]
        device = values[0].device if values else torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        total = sum_over_processes(torch.stack([*values, *torch.tensor(own, device=device)]))
        self._sums = dict(zip(self._sources, total[len(values) :].tolist(), strict=True))
        means: list[Tensor] = list(total[: len(values)] / get_world_size())
        return dict(zip(logs, means, strict=True))

    def get(self, name: str, iteration: int) -> float:
        """Return a sum of an iteration; if one process calls this, all must."""
        if self._iteration != iteration:
            self.exchange(iteration)
        return self._sums[name]
