import numpy as np
import pytest
import torch
from conftest import TEACHER

from singer_mm.analysis.linearization.norm_gains import GAINS, norm_gains
from singer_mm.analysis.linearization.statistics_of_images import StatisticsOfImages
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS


@pytest.fixture
def network():
    return MODELS.build(TEACHER).freeze()


def test_against_a_block_taken_apart_by_hand(network, images):
    block = network.vit.blocks[2]
    with torch.no_grad():
        tokens = network.forward_tokens(images, [1])[1]
        between = tokens + block.attn(block.norm1(tokens))
        inside = block.norm2(between)
        hidden = torch.nn.functional.gelu(block.mlp.fc1(inside))
        added = block.mlp.fc2(hidden)
        expected = {
            'ffn1': hidden.norm(dim=-1) / inside.norm(dim=-1),
            'ffn2': added.norm(dim=-1) / hidden.norm(dim=-1),
            'ffn': ((between + added).norm(dim=-1) - between.norm(dim=-1)) / between.norm(dim=-1),
            'attention': (between.norm(dim=-1) - tokens.norm(dim=-1)) / tokens.norm(dim=-1),
        }
    measured = norm_gains(network, images, 2)
    assert tuple(measured) == GAINS
    for name, values in expected.items():
        torch.testing.assert_close(measured[name], values[:, 1:], rtol=1e-4, atol=1e-5)
        assert measured[name].shape == (3, 16)


def test_branches_that_add_nothing_change_no_norm(network, images):
    block = network.vit.blocks[2]
    for linear in (block.mlp.fc2, block.attn.proj):
        linear.weight.zero_()
        linear.bias.zero_()
    measured = norm_gains(network, images, 2)
    for name in ('ffn', 'attention', 'ffn2'):
        assert measured[name].abs().max() == 0


def test_scaling_the_second_layer_scales_its_gain(network, images):
    before = norm_gains(network, images, 2)
    for value in network.vit.blocks[2].mlp.fc2.parameters():
        value.mul_(3)
    after = norm_gains(network, images, 2)
    torch.testing.assert_close(after['ffn2'], 3 * before['ffn2'])
    torch.testing.assert_close(after['ffn1'], before['ffn1'])


def test_leaves_no_hook_behind_and_refuses_a_layer_that_is_not_there(network, images):
    norm_gains(network, images, 2)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    with pytest.raises(ConfigError, match='layer 6'):
        norm_gains(network, images, 6)


def test_statistics_are_those_of_numpy():
    values = torch.randn(7, 5)
    statistics, flat = StatisticsOfImages.of(values), values.double().numpy().ravel()
    assert statistics.mean == pytest.approx(flat.mean())
    assert statistics.std == pytest.approx(flat.std(ddof=1))
    assert statistics.p95 == pytest.approx(np.quantile(flat, 0.95))
    assert statistics.median == pytest.approx(sorted(flat)[17])
    assert statistics.number == 35
