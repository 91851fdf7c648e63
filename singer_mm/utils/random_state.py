"""Random numbers that depend on the place in the training and not on earlier draws.

Numbers of a place (a sample of an epoch, an iteration) are seeded from the run's seed and this place. A resumed run
then draws the same numbers as an uninterrupted one, with any number of workers, and nothing has to be saved.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def derive_seed(*path: int) -> int:
    """Return an independent 32-bit seed from the run's seed and the coordinates of a place."""
    return int(np.random.SeedSequence(path).generate_state(1)[0])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and torch's CPU generator inside the block and restore them after it.

    CUDA generators do not change: data loading uses this, and may run in the training process.
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
