"""The position of the current images in the total batch of an optimizer step.

With it, random numbers of an image and means over a batch do not depend on how the batch is split into processes and
micro-batches. The training loop sets it; elsewhere each batch is on its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .distributed import mean_over_processes


@dataclass(frozen=True)
class MicroBatch:
    """The micro-batch of the current forward and backward pass.

    Attributes:
        seed: Seed of the iteration, the same in all processes.
        total: Number of images in the total batch.
        positions: Positions of the current images in it.
        parts: All micro-batches of this process in the iteration, as the data loader yields them.
    """

    seed: int
    total: int
    positions: Sequence[int]
    parts: Sequence[Any]


_CURRENT: ContextVar[MicroBatch | None] = ContextVar('micro-batch', default=None)


@contextmanager
def learning(micro_batch: MicroBatch) -> Iterator[None]:
    """Make ``micro_batch`` the current one inside the block."""
    token = _CURRENT.set(micro_batch)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def rand_per_image(num_images: int, num_values: int, device: torch.device) -> Tensor:
    """Return uniform numbers ``(num_images, num_values)``.

    In training, an image gets the same numbers in any process and micro-batch. Elsewhere they come from torch's global
    generator of ``device``.
    """
    current = _CURRENT.get()
    if current is None:
        return torch.rand(num_images, num_values, device=device)
    numbers = torch.rand(current.total, num_values, generator=torch.Generator().manual_seed(current.seed))
    return numbers[list(current.positions)].to(device, non_blocking=True)


def mean_count(count: Callable[[Sequence[Any]], Tensor], data_samples: Sequence[Any]) -> Tensor:
    """Return the mean of ``count`` over the micro-batches of all processes.

    Divide a sum over the current images by it: the losses, averaged over all micro-batches and processes, then are the
    mean over the total batch.

    Args:
        count: Counts e.g. labelled pixels in a list of data samples.
        data_samples: Data samples of the current micro-batch.
    """
    current = _CURRENT.get()
    own = count(data_samples)
    if current is not None and len(current.parts) > 1:
        counts = [count(part['data_samples']).to(own) for part in current.parts]
        own = torch.stack(counts).double().mean()
    return mean_over_processes(own)
