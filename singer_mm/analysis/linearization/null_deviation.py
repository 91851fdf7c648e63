"""How much a whole block responds to a change along null directions (SiNGER, Table 8)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from singer_mm.evaluation.similarity.likeness import linear_cka
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.precision import at_least_float32


@dataclass(frozen=True)
class NullDeviation:
    """Difference of a block's outputs with and without the change, over all patches.

    Attributes:
        l2: Mean of ``|difference| / |output|``; 0: the change has no effect.
        cosine: Mean cosine of the outputs.
        cka: Linear CKA of the outputs (unbiased estimate).
        gain: ``|difference| / |change of the input|`` of all patches together (ours); the residual connection alone
            gives 1; nan if nothing was changed. The others also depend on how much of a patch lies in the directions.
    """

    l2: float
    cosine: float
    cka: float
    gain: float


@torch.no_grad()
def null_deviation(
    network: TokenBackbone, layer: int, tokens: Tensor, grid: tuple[int, int], basis: Tensor
) -> NullDeviation:
    """Double the part of the patches in the span of ``basis``, as an adapter does at its start; compare the outputs.

    The authors perturb inputs along null directions. They do not say how far or which tokens; here it is the start of
    their own adapter, on patches.

    Args:
        network: In eval mode.
        layer: Block that gets the changed input, 0-based.
        tokens: Its input, ``(B, P+N, C)``.
        grid: Rows and columns of the patches.
        basis: Orthonormal directions, ``(r, C)``.
    """
    patches = grid[0] * grid[1]
    basis = basis.to(tokens)
    change = tokens[:, -patches:] @ basis.T @ basis
    changed = torch.cat([tokens[:, :-patches], tokens[:, -patches:] + change], dim=1)
    before, after = (
        at_least_float32(network.forward_block(layer, value, grid))[:, -patches:].flatten(0, 1)
        for value in (tokens, changed)
    )
    return NullDeviation(
        l2=float(((after - before).norm(dim=-1) / before.norm(dim=-1)).mean()),
        cosine=float(F.cosine_similarity(before, after, dim=-1).mean()),
        cka=linear_cka(before, after),
        gain=float((after - before).norm() / change.norm()),
    )
