"""Norms inside a block and the effect of its null directions, summed up for a table (SiNGER, Tables 7 and 8)."""

import torch
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.refiners.nullspace import left_singular_vectors, random_basis, smallest_basis

from .norm_gains import norm_gains
from .null_deviation import NullDeviation, null_deviation
from .statistics_of_images import StatisticsOfImages

LINEARIZATIONS = ('mlp', 'jacobian', 'random')
"""Source of the null directions: SiNGER's surrogate, the Jacobian, or random directions as a control."""


def gains_of(network: TokenBackbone, images: Tensor, layer: int) -> dict[str, StatisticsOfImages]:
    """Return statistics of :func:`norm_gains` over all patches of ``images`` ``(B, 3, H, W)``."""
    return {name: StatisticsOfImages.of(values) for name, values in norm_gains(network, images, layer).items()}


@torch.no_grad()
def deviations_of(
    network: TokenBackbone, images: Tensor, layer: int, rank: int = 64, samples: int = 8
) -> dict[str, NullDeviation]:
    """Return how far the null directions of each of :data:`LINEARIZATIONS` move the outputs of block ``layer + 1``.

    Args:
        network: In eval mode.
        images: ``(B, 3, H, W)``, normalised for the network.
        layer: Block whose output is changed, 0-based.
        rank: Number of directions.
        samples: Number of patches at which the Jacobian is computed.

    Raises:
        ConfigError: If there is no next block, or ``rank`` exceeds the width.
    """
    if not 0 <= layer < network.num_layers - 1:
        raise ConfigError(
            f'layer {layer} has no next block in {network.describe()}; allowed: 0 to {network.num_layers - 2}.'
        )
    if not 1 <= rank <= network.embed_dims:
        raise ConfigError(f'rank is {rank}; allowed: 1 to {network.embed_dims}.')
    grid = network.grid(images)
    tokens = network.forward_tokens(images, [layer])[layer]
    result = {}
    for name in LINEARIZATIONS:
        chosen = 'jacobian' if name == 'jacobian' else 'mlp'
        left, _ = left_singular_vectors(network.linearize(layer + 1, chosen, tokens, grid, samples))
        basis = random_basis(left, rank) if name == 'random' else smallest_basis(left, rank)
        result[name] = null_deviation(network, layer + 1, tokens, grid, basis)
    return result
