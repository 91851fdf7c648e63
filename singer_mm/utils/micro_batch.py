"""Where the images at hand stand in the total batch of an optimizer step.

What is drawn for an image, or averaged over a batch, then does not depend on how the batch is shared out among
processes and micro-batches. The training loop says where it is; outside of it each batch stands for itself.
"""

from __future__ import annotations

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
    """The micro-batch that is being learnt.

    Attributes:
        seed: Of the iteration, the same in all processes.
        total: Images in the total batch.
        positions: Those of the images at hand.
        parts: All micro-batches of this process in the iteration, as the data loader yields them.
    """

    seed: int
    total: int
    positions: Sequence[int]
    parts: Sequence[Any]


_CURRENT: ContextVar[MicroBatch | None] = ContextVar('micro-batch', default=None)


@contextmanager
def learning(micro_batch: MicroBatch) -> Iterator[None]:
    """Inside, ``micro_batch`` is being learnt."""
    token = _CURRENT.set(micro_batch)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def rand_per_image(num_images: int, num_values: int, device: torch.device) -> Tensor:
    """Return uniform numbers ``(num_images, num_values)``.

    In training an image gets the same numbers in whichever process and micro-batch it is. Elsewhere they come from
    torch's global generator of ``device``.
    """
    current = _CURRENT.get()
    if current is None:
        return torch.rand(num_images, num_values, device=device)
    numbers = torch.rand(current.total, num_values, generator=torch.Generator().manual_seed(current.seed))
    return numbers[list(current.positions)].to(device, non_blocking=True)


def mean_count(count: Callable[[Sequence[Any]], Tensor], data_samples: Sequence[Any]) -> Tensor:
    """Return what ``count`` finds in data samples, on average over the micro-batches of all processes.

    A sum over the images at hand, divided by this, is the mean over the total batch once the losses of all
    micro-batches and processes are averaged.

    Args:
        count: Counts labelled pixels, say, in a list of data samples.
        data_samples: Those at hand.
    """
    current = _CURRENT.get()
    own = count(data_samples)
    if current is not None and len(current.parts) > 1:
        counts = [count(part['data_samples']).to(own) for part in current.parts]
        own = torch.stack(counts).double().mean()
    return mean_over_processes(own)
