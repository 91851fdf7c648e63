import math

import pytest
import torch
from conftest import TEACHER
from torch.nn import functional as F

from singer_mm.analysis.linearization.block_linearization import LINEARIZATIONS, deviations_of, gains_of
from singer_mm.analysis.linearization.null_deviation import null_deviation
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS


@pytest.fixture
def network():
    return MODELS.build(TEACHER).freeze()


def test_no_direction_at_all_moves_nothing(network, images):
    tokens = network.forward_tokens(images, [1])[1]
    assert math.isnan(null_deviation(network, 2, tokens, (4, 4), torch.zeros(2, 48)).gain)
    nothing = null_deviation(network, 2, tokens, (4, 4), torch.zeros(2, 48))
    assert (nothing.l2, nothing.cosine, nothing.cka) == pytest.approx((0, 1, 1), abs=1e-5)


def test_against_the_block_by_hand(network, images):
    tokens = network.forward_tokens(images, [1])[1]
    basis = torch.linalg.qr(torch.randn(48, 5)).Q.T
    found = null_deviation(network, 2, tokens, (4, 4), basis)
    moved = tokens.clone()
    for image in range(3):
        for place in range(1, 17):
            for direction in basis:
                moved[image, place] += (tokens[image, place] @ direction) * direction
    before, after = (network.vit.blocks[2](value)[:, 1:].reshape(-1, 48) for value in (tokens, moved))
    assert found.l2 == pytest.approx(float(((after - before).norm(dim=1) / before.norm(dim=1)).mean()), rel=1e-4)
    assert found.cosine == pytest.approx(float(F.cosine_similarity(before, after).mean()), rel=1e-5)
    assert 0 < found.cka <= 1
    change = (moved - tokens)[:, 1:]
    assert found.gain == pytest.approx(float((after - before).norm() / change.norm()), rel=1e-4)


def test_the_jacobians_null_directions_move_the_block_least(network, images):
    found = deviations_of(network, images, 1, rank=6, samples=16)
    assert tuple(found) == LINEARIZATIONS
    assert found['jacobian'].gain < found['random'].gain
    with pytest.raises(ConfigError, match='layer 5.* 0 to 4'):
        deviations_of(network, images, 5)
    with pytest.raises(ConfigError, match='rank.*49.* 1 to 48'):
        deviations_of(network, images, 1, rank=49)


def test_gains_are_summed_up_over_all_patches(network, images):
    statistics = gains_of(network, images, 2)
    assert {value.number for value in statistics.values()} == {3 * 16}
