"""The share of an adapter in the null directions of the next block and in its dominant ones (SiNGER, Table 5a)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from singer_mm.models.refiners.nullspace import left_singular_vectors


@dataclass(frozen=True)
class AdapterEnergy:
    """Two shares of one matrix, between 0 and 1; the sum of their squares is at most 1.

    Attributes:
        safe: Share in the directions with the smallest singular values (``E_safe``).
        prob: Share in the directions with the largest ones (``E_prob``).
    """

    safe: float
    prob: float


@torch.no_grad()
def adapter_energy(matrix: Tensor, linear_map: Tensor) -> AdapterEnergy:
    """Return ``|A U| / |A|`` (Frobenius) for the first and the last left singular vectors ``U`` of ``linear_map``.

    The authors give no formula. Their numbers of a random start, 0.25 each, are the root of 64 / 1,024: so they take
    norms instead of squares, and as many directions as the adapter has.

    Args:
        matrix: Rows are directions of the token space, ``(r, C)``: the adapter's ``up``, or ``down`` transposed.
        linear_map: The linear map of the next block, ``(C, C)``, in row-vector convention.
    """
    left, _ = left_singular_vectors(linear_map)
    coordinates = matrix.detach().to(left) @ left
    whole = coordinates.norm().clamp_min(torch.finfo(torch.float64).tiny)
    safe = coordinates[:, left.shape[1] - len(matrix) :].norm() / whole
    return AdapterEnergy(safe=float(safe), prob=float(coordinates[:, : len(matrix)].norm() / whole))
