"""Directions that hardly change the output of a linearised block (SiNGER, section 3).

The linearised block maps a token ``x`` (row vector) to ``x @ W``. With ``W = U diag(s) Vᵀ``, adding a vector along a
column ``u`` of ``U`` to ``x`` changes the output by the vector's length times the singular value. The columns with
singular value zero span the left nullspace of ``W``.
"""

import torch
from torch import Tensor


def left_singular_vectors(linear_map: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``(U (C, C), singular values (C,))`` of ``linear_map`` ``(C, C)``, in float64, descending.

    float64, because float32 rounds the smallest singular values away.
    """
    left, values, _ = torch.linalg.svd(linear_map.detach().double())
    return left, values


def smallest_basis(left: Tensor, rank: int) -> Tensor:
    """Return the ``rank`` directions with the smallest singular values, ``(rank, C)`` (the paper's text)."""
    return left[:, left.shape[1] - rank :].T


def released_basis(left: Tensor, values: Tensor, rank: int, threshold: float) -> Tensor:
    """Return the basis of the released code, ``(rank, C)``.

    Of the directions whose singular value is below ``threshold``, it takes the *first* ``rank`` in descending order,
    that is, those with the largest singular values. If there are fewer, random unit vectors fill the rest.
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

    0 if the perturbation is zero.
    """
    perturbation = perturbation.double()
    orthonormal = torch.linalg.qr(basis.double().T).Q  # the released basis may contain oblique vectors
    inside = (perturbation @ orthonormal).square().sum()
    return inside / perturbation.square().sum().clamp_min(torch.finfo(torch.float64).tiny)
