import math

import pytest
import torch
from timm.layers import GluMlp
from timm.models.vision_transformer import Block
from torch import nn

from singer_mm.errors import ConfigError
from singer_mm.models.refiners.singular_direction import (
    activation_gains,
    attention_map,
    block_map,
    leading_direction,
    mlp_map,
)

WIDTH = 8


class Unscaled(nn.Module):
    """A LayerNorm that does not divide by the deviation."""

    def __init__(self, norm):
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, tokens):
        return (tokens - tokens.mean(dim=-1, keepdim=True)) * self.weight + self.bias


@pytest.fixture
def block():
    block = Block(WIDTH, num_heads=2, qkv_bias=True, init_values=0.5).double()
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5)
    return block


def without_division(block):
    block.norm1, block.norm2 = Unscaled(block.norm1), Unscaled(block.norm2)
    return block


def test_the_product_amplifies_the_last_map_s_output():
    first = torch.diag(torch.tensor([1.0, 3, 1], dtype=torch.float64))
    second = torch.eye(3, dtype=torch.float64)[[1, 2, 0]]  # moves coordinate 1 to place 2
    direction = leading_direction([first, second])
    torch.testing.assert_close(direction.abs(), torch.tensor([0.0, 0, 1], dtype=torch.float64))


def test_many_blocks_do_not_overflow():
    grows = torch.diag(torch.tensor([1e30, 1e40], dtype=torch.float64))
    torch.testing.assert_close(leading_direction([grows] * 20).abs(), torch.tensor([0.0, 1], dtype=torch.float64))


def test_no_map_has_no_direction():
    with pytest.raises(ValueError, match='leading_direction'):
        leading_direction([])


def test_gains_of_known_activations():
    means = torch.tensor([0.0, 1.0, -2.0], dtype=torch.float64)
    deviations = torch.tensor([1.0, 0.5, 3.0], dtype=torch.float64)
    normal = torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(activation_gains(lambda z: 3 * z + 1, means, deviations), torch.full_like(means, 3))
    torch.testing.assert_close(activation_gains(torch.square, means, deviations), 2 * means)
    # E[d/dz (z Phi(z))] for z ~ N(m, s^2), with t = m / sqrt(1 + s^2)
    spread = (1 + deviations.square()).sqrt()
    t = means / spread
    expected = normal.cdf(t) + t * torch.exp(-t.square() / 2) / math.sqrt(2 * math.pi) / spread.square()
    torch.testing.assert_close(activation_gains(nn.GELU(), means, deviations), expected, atol=1e-5, rtol=0)


def test_attention_of_a_token_to_itself_is_its_map(block):
    linear_map = attention_map(block)
    without_division(block)

    def attend(tokens):
        return tokens + block.ls1(block.attn(block.norm1(tokens)))

    tokens = torch.randn(5, 1, WIDTH, dtype=torch.float64)  # one token each: it can only attend to itself
    torch.testing.assert_close(attend(tokens) - attend(torch.zeros_like(tokens)), tokens @ linear_map)


def test_an_mlp_without_non_linearity_is_its_map(block):
    block.mlp.act = nn.Identity()
    linear_map = mlp_map(block)
    without_division(block)

    def transform(tokens):
        return tokens + block.ls2(block.mlp(block.norm2(tokens)))

    tokens = torch.randn(5, 1, WIDTH, dtype=torch.float64)
    torch.testing.assert_close(transform(tokens) - transform(torch.zeros_like(tokens)), tokens @ linear_map)


@pytest.mark.parametrize('kind', ['plain', 'gate first', 'gate last'])
def test_the_mlp_fit_is_that_of_least_squares(block, kind):
    if kind != 'plain':
        block.mlp = GluMlp(WIDTH, 12, act_layer=nn.SiLU, gate_last=kind == 'gate last').double()
        for parameter in block.mlp.parameters():
            nn.init.normal_(parameter, std=0.5)
    # as the authors do it: only what comes before the last linear layer is fitted
    inputs = torch.randn(200_000, WIDTH, dtype=torch.float64)
    hidden = []
    block.mlp.fc2.register_forward_pre_hook(lambda _, args: hidden.append(args[0]))
    with torch.no_grad():
        block.mlp(inputs)
        fit = torch.linalg.lstsq(inputs, hidden[0]).solution  # (C, H)
        centred = torch.eye(WIDTH, dtype=torch.float64) - 1 / WIDTH
        branch = centred @ (block.norm2.weight[:, None] * fit) @ block.mlp.fc2.weight.T * block.ls2.gamma
    expected = torch.eye(WIDTH, dtype=torch.float64) + branch
    torch.testing.assert_close(mlp_map(block), expected, atol=0.05 * branch.abs().max().item(), rtol=0)


def test_a_block_is_attention_and_then_the_mlp(block):
    torch.testing.assert_close(block_map(block), attention_map(block) @ mlp_map(block))


def test_refuses_parts_that_it_does_not_know(block):
    block.mlp = nn.Linear(WIDTH, WIDTH)
    with pytest.raises(ConfigError, match='Linear;.*Mlp, GluMlp'):
        mlp_map(block)
    block.norm1 = nn.RMSNorm(WIDTH)
    with pytest.raises(ConfigError, match='RMSNorm.*LayerNorm'):
        attention_map(block)
