"""Which patches are outliers, and which patches one would expect them on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

OUTLIER_RATIO = 2.0
"""A patch is an outlier if its norm exceeds so many medians of its image.

Of DINOv2-S, which has no artifacts, 0.01 % of the patches do so in its worst block and none in the others, whereas
the artifacts of large models have about ten times the norm of ordinary tokens (Darcet et al., Vision Transformers Need
Registers, section 2.1). Anything between separates the two; a low limit also finds artifacts that are just emerging.
"""

FLAT_SHARE = 0.25
"""The patches of an image with the lowest contrast, by share: where artifacts lie in large models (ibid.)."""


def outlier_mask(norms: Tensor) -> Tensor:
    """Return which of the patch norms ``(B, N)`` exceed :data:`OUTLIER_RATIO` medians of their image, ``(B, N)``."""
    return norms > OUTLIER_RATIO * norms.quantile(0.5, dim=1, keepdim=True)


def border_mask(grid: tuple[int, int]) -> Tensor:
    """Return which patches of a grid (rows, columns) lie in its outermost ring, ``(N,)``."""
    mask = torch.ones(grid, dtype=torch.bool)
    mask[1:-1, 1:-1] = False
    return mask.flatten()


def flat_mask(batch: Tensor, patch_size: int) -> Tensor:
    """Return which patches of ``batch`` ``(B, 3, H, W)`` have the least contrast in their image, ``(B, N)``.

    Contrast is the standard deviation of the mean of the three channels over the pixels of the patch; ties at the
    limit all count, so that the share may exceed :data:`FLAT_SHARE`.
    """
    pixels = F.unfold(batch.mean(dim=1, keepdim=True), patch_size, stride=patch_size)  # (B, p * p, N)
    contrast = pixels.std(dim=1, correction=0)
    return contrast <= contrast.quantile(FLAT_SHARE, dim=1, keepdim=True)
