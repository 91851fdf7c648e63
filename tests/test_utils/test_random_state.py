import random

import numpy as np
import torch

from singer_mm.utils.random_state import derive_seed, seeded


def draw():
    return random.random(), np.random.rand(), torch.rand(1).item()


def test_same_seed_same_draws_and_no_trace_outside():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = draw()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    with seeded(5):
        first = draw()
    with seeded(5):
        assert draw() == first
    assert draw() == expected
    assert first != expected


def test_every_place_has_a_seed_of_its_own():
    seeds = {derive_seed(run, epoch, place) for run in range(3) for epoch in range(3) for place in range(100)}
    assert len(seeds) == 900
    assert derive_seed(1, 2) != derive_seed(2, 1)
