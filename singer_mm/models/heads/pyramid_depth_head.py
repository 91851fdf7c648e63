"""A depth decoder over a feature pyramid, for fine-tuning."""

from __future__ import annotations

from typing import Any

from mmseg.models.decode_heads.uper_head import UPerHead
from torch import Tensor

from singer_mm.registry import MODELS

from .depth_regression import DepthRegressionMixin


@MODELS.register_module()
class PyramidDepthHead(DepthRegressionMixin, UPerHead):
    """mmseg's UPerNet decoder whose last convolution yields depth bins instead of classes.

    Args:
        bins: Number of bins.
        min_depth: Lower end of the range, in metres.
        max_depth: Upper end.
        loss_decode: The loss; ``singer_mm.SigLoss`` by default.
        **kwargs: Those of mmseg's ``UPerHead``.
    """

    def __init__(
        self,
        bins: int = 256,
        min_depth: float = 0.001,
        max_depth: float = 10.0,
        loss_decode: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes=bins, loss_decode=loss_decode or dict(type='singer_mm.SigLoss'), **kwargs)
        self.set_range(bins, min_depth, max_depth)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return depth ``(B, 1, h, w)`` in metres, at the resolution of the finest map."""
        return self.depth_of(super().forward(inputs))
