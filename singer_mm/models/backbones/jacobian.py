"""The derivative of a whole block: attention, MLP, norms, LayerScale and residual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .token_backbone import TokenBackbone


def token_jacobian(backbone: TokenBackbone, layer: int, tokens: Tensor, grid: tuple[int, int], index: int) -> Tensor:
    """Return the derivative of one token's output of a block by its input, ``(C, C)`` in row-vector convention.

    Entry ``(i, j)`` is the derivative of output channel ``j`` by input channel ``i``; all other tokens are constant.

    Args:
        backbone: In eval mode.
        layer: Block, 0-based.
        tokens: Input of the block, ``(1, P+N, C)``.
        grid: Rows and columns of the patches.
        index: Index of the token.
    """
    with torch.enable_grad():
        own = tokens[:, index : index + 1].detach().clone().requires_grad_()
        others = tokens.detach()
        output = backbone.forward_block(layer, torch.cat([others[:, :index], own, others[:, index + 1 :]], dim=1), grid)
        columns = [torch.autograd.grad(value, own, retain_graph=True)[0][0, 0] for value in output[0, index]]
    return torch.stack(columns, dim=1)


def jacobian_map(
    backbone: TokenBackbone, layer: int, tokens: Tensor, grid: tuple[int, int], samples: int = 8
) -> Tensor:
    """Return the map ``M`` ``(C, C)``, float64, that averages the squared effect of Jacobians on any direction.

    ``|d @ M|^2`` is the mean of ``|d @ J|^2`` over the Jacobians ``J`` of some patches. Its left singular vectors are
    the directions that change the output most and least. If all ``J`` are equal, these vectors and the singular values
    are those of ``J``. The mean of ``J`` would be zero for directions with opposite effects on different patches.

    It costs ``C`` backward passes of the block for each sample.

    Args:
        backbone: In eval mode.
        layer: Block, 0-based.
        tokens: Input of the block, ``(B, P+N, C)``.
        grid: Rows and columns of the patches.
        samples: Number of patches, spread evenly over all images.
    """
    num_patches = grid[0] * grid[1]
    places = torch.linspace(0, len(tokens) * num_patches - 1, min(samples, len(tokens) * num_patches)).long()
    total = torch.zeros(tokens.shape[-1], tokens.shape[-1], dtype=torch.float64, device=tokens.device)
    for place in places.tolist():
        image, patch = divmod(place, num_patches)
        index = tokens.shape[1] - num_patches + patch
        jacobian = token_jacobian(backbone, layer, tokens[image : image + 1], grid, index).double()
        total += jacobian @ jacobian.T / len(places)
    values, vectors = torch.linalg.eigh(total)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T
