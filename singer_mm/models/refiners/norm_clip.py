"""Clip the norms of outlier patches: the simplest treatment of artifacts."""

import torch
from torch import Tensor

from singer_mm.models.argument_checks import check_fraction
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

from .refiner import Refiner


@MODELS.register_module()
class NormClip(Refiner):
    """Scale patches whose norm exceeds the quantile of their image down to it; their direction stays.

    This reaches at once what ``OutlierLoss`` trains for. Nothing is learnt, and some patches of every image with
    unequal norms are clipped, whether they are artifacts or not.

    Args:
        quantile: Between 0 and 1, exclusive; 0.97 is that of ``OutlierLoss``.
        embed_dims: Not needed; the distiller gives it to every refiner.

    Raises:
        ConfigError: If ``quantile`` is out of range.
    """

    def __init__(self, quantile: float = 0.97, embed_dims: int | None = None) -> None:
        super().__init__()
        check_fraction('NormClip: quantile', quantile)
        self.quantile = quantile

    def forward(self, patches: Tensor) -> Tensor:
        """Return patch tokens ``(B, N, C)`` whose norms do not exceed their image's quantile, of ``(B, N, C)``."""
        norms = at_least_float32(patches).norm(dim=-1, keepdim=True)  # (B, N, 1)
        limits = norms.quantile(self.quantile, dim=1, keepdim=True)  # (B, 1, 1)
        factors = (limits / norms.clamp_min(torch.finfo(norms.dtype).tiny)).clamp_max(1)
        return patches * factors.to(patches.dtype)
