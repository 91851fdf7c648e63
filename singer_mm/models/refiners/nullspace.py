"""From the linear map of a block to directions that the block hardly sees (SiNGER, section 3).

A token ``x`` (row vector) meets the linearised block as ``x @ W``. With ``W = U diag(s) Vᵀ``, whatever is added to
``x`` along a column ``u`` of ``U`` changes the output by its length times the singular value: nothing, where that
is zero. Those columns span the left nullspace of ``W``.
"""

from __future__ import annotations

import torch
from torch import Tensor


def left_singular_vectors(linear_map: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``(U (C, C), singular values (C,))`` of ``linear_map`` ``(C, C)``, in float64, descending.

    float64, because the nullspace is about the smallest singular values, which float32 rounds away.
    """
    left, values, _ = torch.linalg.svd(linear_map.detach().double())
    return left, values


def smallest_basis(left: Tensor, rank: int) -> Tensor:
    """Return the ``rank`` directions with the smallest singular values, ``(rank, C)`` (the paper's text)."""
    return left[:, left.shape[1] - rank :].T


def released_basis(left: Tensor, values: Tensor, rank: int, threshold: float) -> Tensor:
    """Return the basis of the released code, ``(rank, C)``.

    Of the directions whose singular value is below ``threshold``, the *first* ``rank`` in descending order, so the
    least null of the null ones; padded with random unit vectors where there are fewer.
    """
    below = left[:, values < threshold].T[:rank]
    missing = rank - below.shape[0]
    padding = torch.randn(missing, left.shape[0], dtype=left.dtype, device=left.device)
    return torch.cat([below, torch.nn.functional.normalize(padding, dim=1)])


def random_basis(left: Tensor, rank: int) -> Tensor:
    """Return ``rank`` random orthonormal directions, ``(rank, C)`` (the ablation's control)."""
    gaussian = torch.randn(left.shape[0], rank, dtype=left.dtype, device=left.device)
    return torch.linalg.qr(gaussian).Q.T


def share_inside(perturbation: Tensor, basis: Tensor) -> Tensor:
    """Return the share of the energy of ``perturbation`` ``(..., C)`` that lies in the span of ``basis`` ``(r, C)``.

    1 means wholly inside, 0 wholly outside; 0 for no perturbation at all.
    """
    perturbation = perturbation.double()
    orthonormal = torch.linalg.qr(basis.double().T).Q  # the released basis may be padded with oblique vectors
    inside = (perturbation @ orthonormal).square().sum()
    return inside / perturbation.square().sum().clamp_min(torch.finfo(torch.float64).tiny)
