"""Masks of patches: outliers, and the places where outliers are expected."""

import torch
from torch import Tensor
from torch.nn import functional as F

OUTLIER_RATIO = 2.0
"""A patch is a *ratio outlier* if its norm exceeds this multiple of the median norm of its image.

An image may have none, unlike the quantile outliers of ``OutlierLoss`` and the teacher quantile outliers of
``models/distillers/diagnostics.py``, which exceed a quantile of the norms.

DINOv2-S has no artifacts: 0.01 % of the patches exceed the limit in its worst block, and none in the others. The
artifacts of large models have about ten times the norm of ordinary tokens (Darcet et al., Vision Transformers Need
Registers, section 2.1). Every limit between separates the two; a low limit also finds emerging artifacts.
"""

FLAT_SHARE = 0.25
"""Share of the patches of an image that count as flat, by contrast: artifacts of large models lie there (ibid.)."""


def outlier_mask(norms: Tensor) -> Tensor:
    """Return which patches, of norms ``(B, N)``, are ratio outliers (see :data:`OUTLIER_RATIO`), ``(B, N)``."""
    return norms > OUTLIER_RATIO * norms.quantile(0.5, dim=1, keepdim=True)


def border_mask(grid: tuple[int, int]) -> Tensor:
    """Return whether a patch of a grid (rows, columns) lies in its outermost ring, ``(N,)``."""
    mask = torch.ones(grid, dtype=torch.bool)
    mask[1:-1, 1:-1] = False
    return mask.flatten()


def flat_mask(batch: Tensor, patch_size: int) -> Tensor:
    """Return whether a patch of ``batch`` ``(B, 3, H, W)`` is among those with the least contrast, ``(B, N)``.

    Contrast is the standard deviation of the mean of the three channels over the pixels of the patch. All ties at the
    limit count, so the share may exceed :data:`FLAT_SHARE`.
    """
    pixels = F.unfold(batch.mean(dim=1, keepdim=True), patch_size, stride=patch_size)  # (B, p * p, N)
    contrast = pixels.std(dim=1, correction=0)
    return contrast <= contrast.quantile(FLAT_SHARE, dim=1, keepdim=True)
