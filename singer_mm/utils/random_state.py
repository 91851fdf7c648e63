"""Randomness as a function of place instead of history.

Whatever is drawn at a place (a sample of an epoch, an iteration) is seeded from the run's seed and that place. A
resumed run then draws what the uninterrupted one did, with any number of workers, and nothing has to be saved.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def derive_seed(*path: int) -> int:
    """Mix the run's seed and the coordinates of a place into an independent 32-bit seed."""
    return int(np.random.SeedSequence(path).generate_state(1)[0])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and torch's CPU generator inside the block and restore them after it.

    CUDA generators are left alone: this serves data loading, which may run in the training process.
    """
    python_state, numpy_state, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        random.seed(seed)
        np.random.seed(seed)
        torch.default_generator.manual_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)
