"""One optimizer step over several micro-batches."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, nn


def split_batch(batch: Any, count: int) -> list[Any]:
    """Cut a collated batch, dicts of tensors and lists, into ``count`` equal parts along the first axis of each."""
    if count == 1:
        return [batch]
    if isinstance(batch, dict):
        columns = {key: split_batch(value, count) for key, value in batch.items()}
        return [{key: parts[index] for key, parts in columns.items()} for index in range(count)]
    size = len(batch) // count
    return [batch[index * size : (index + 1) * size] for index in range(count)]


def mean_of(logs: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the means of the logs of equal micro-batches, by name."""
    if len(logs) == 1:
        return logs[0]
    return {name: torch.stack([torch.as_tensor(log[name]) for log in logs]).mean(dim=0) for name in logs[0]}


class MicroBatchUpdate:
    """Stand in for the optimizer wrapper in a ``train_step`` while gradients are accumulated.

    MMEngine's own accumulation counts a micro-batch as an iteration, so schedules, warm-up, logs and checkpoints would
    depend on it. Here an iteration is an optimizer step. Gradients are divided by the number of micro-batches, and the
    processes exchange them with the last one.

    Args:
        wrapper: The optimizer wrapper.
        count: Number of micro-batches.
        is_last: Whether this is the last one, after which the optimizer steps.
    """

    def __init__(self, wrapper: OptimWrapper, count: int, is_last: bool) -> None:
        self.wrapper = wrapper
        self.count = count
        self.is_last = is_last

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Open the wrapper's context (autocast); before the last micro-batch, DDP exchanges no gradients."""
        no_sync = getattr(model, 'no_sync', nullcontext)
        with nullcontext() if self.is_last else no_sync(), self.wrapper.optim_context(model):
            yield

    def update_params(self, loss: Tensor) -> None:
        """Add the gradient of ``loss``, and step after the last micro-batch."""
        self.wrapper.backward(self.wrapper.scale_loss(loss) / self.count)
        if self.is_last:
            self.wrapper.step()
            self.wrapper.zero_grad()
