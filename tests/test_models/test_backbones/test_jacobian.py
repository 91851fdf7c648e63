import pytest
import torch
from torch import nn

from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.jacobian import jacobian_map, token_jacobian

GRID = (4, 4)


@pytest.fixture
def network():
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, embed_dim=24, depth=3, num_heads=3)
    return backbone.freeze().double()


class Linear(nn.Module):
    """A block that multiplies each token by one matrix."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix = nn.Parameter(matrix, requires_grad=False)

    def forward(self, tokens):
        return tokens @ self.matrix


def block_of(network):
    return lambda tokens: network.forward_block(1, tokens, GRID)


def test_against_finite_differences(network):
    tokens, index, step = torch.randn(1, 17, 24, dtype=torch.float64), 5, 1e-5
    jacobian = token_jacobian(block_of(network), tokens, index)
    for channel in (0, 11, 23):
        outputs = []
        for sign in (1, -1):
            moved = tokens.clone()
            moved[0, index, channel] += sign * step
            outputs.append(network.forward_block(1, moved, GRID)[0, index])
        torch.testing.assert_close(jacobian[channel], (outputs[0] - outputs[1]) / (2 * step), rtol=1e-5, atol=1e-7)


def test_of_a_linear_block_it_is_the_matrix(network):
    matrix = torch.randn(24, 24, dtype=torch.float64)
    network.vit.blocks[1] = Linear(matrix)
    tokens = torch.randn(2, 17, 24, dtype=torch.float64)
    torch.testing.assert_close(token_jacobian(block_of(network), tokens[:1], 3), matrix)
    found = jacobian_map(block_of(network), tokens, 16, samples=3)
    direction = torch.randn(5, 24, dtype=torch.float64)
    torch.testing.assert_close((direction @ found).norm(dim=1), (direction @ matrix).norm(dim=1))
    torch.testing.assert_close(torch.linalg.svdvals(found), torch.linalg.svdvals(matrix))


def test_a_direction_that_no_patch_sees_is_null(network):
    matrix = torch.randn(24, 24, dtype=torch.float64)
    matrix[7] = 0
    network.vit.blocks[1] = Linear(matrix)
    found = jacobian_map(block_of(network), torch.randn(1, 17, 24, dtype=torch.float64), 16)
    assert found[7].norm() < 1e-6 * found.norm()


def test_samples_are_averaged_in_square(network):
    tokens = torch.randn(2, 17, 24, dtype=torch.float64)
    found = jacobian_map(block_of(network), tokens, 16, samples=2)  # the first patch and the last
    jacobians = [token_jacobian(block_of(network), tokens[i : i + 1], place) for i, place in ((0, 1), (1, 16))]
    expected = sum(value @ value.T for value in jacobians) / 2
    torch.testing.assert_close(found @ found.T, expected)


def test_it_is_an_option_beside_the_surrogate(network):
    tokens = torch.randn(1, 17, 24, dtype=torch.float64)
    assert torch.equal(network.linearize(1), network.linear_map(1))
    torch.testing.assert_close(
        network.linearize(1, 'jacobian', tokens, GRID, samples=2), jacobian_map(block_of(network), tokens, 16, 2)
    )
    with pytest.raises(ConfigError, match='linearization.*svd.*mlp, jacobian'):
        network.linearize(1, 'svd')
    with pytest.raises(ConfigError, match='jacobian.*tokens.*grid'):
        network.linearize(1, 'jacobian')
    with pytest.raises(ConfigError, match='layer 3'):
        network.linearize(3, 'jacobian', tokens, GRID)
