"""How much of an adapter lies where the next block hardly looks, and where it looks most (SiNGER, Table 5a)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from singer_mm.models.refiners.nullspace import left_singular_vectors


@dataclass(frozen=True)
class AdapterEnergy:
    """Two shares of one matrix, between 0 and 1; their squares sum to at most 1.

    Attributes:
        safe: Share inside the directions with the smallest singular values (``E_safe``).
        prob: Share inside those with the largest (``E_prob``).
    """

    safe: float
    prob: float


@torch.no_grad()
def adapter_energy(matrix: Tensor, linear_map: Tensor, directions: int | None = None) -> AdapterEnergy:
    """Return ``|A U| / |A|`` (Frobenius) for the first and the last left singular vectors ``U`` of ``linear_map``.

    The authors give no formula. Norms instead of squares, and as many directions as the adapter has, follow from
    their numbers of a random start: 0.25 each, which is the root of 64 / 1,024.

    Args:
        matrix: Rows are directions of the token space, ``(r, C)``: the adapter's ``up``, or ``down`` transposed.
        linear_map: The map that the refined tokens meet next, ``(C, C)``, in row-vector convention.
        directions: Number of singular vectors on either side; default ``r``.
    """
    directions = len(matrix) if directions is None else directions
    left, _ = left_singular_vectors(linear_map)
    coordinates = matrix.detach().to(left) @ left
    whole = coordinates.norm().clamp_min(torch.finfo(torch.float64).tiny)
    safe = coordinates[:, left.shape[1] - directions :].norm() / whole
    return AdapterEnergy(safe=float(safe), prob=float(coordinates[:, :directions].norm() / whole))
