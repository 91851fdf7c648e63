"""The linear depth head of DINOv2's evaluation."""

from collections.abc import Sequence
from typing import Any

from mmseg.models.utils import resize
from torch import Tensor

from singer_mm.registry import MODELS

from .depth_regression import DepthRegressionMixin
from .linear_decode_head import LinearDecodeHead


@MODELS.register_module()
class LinearDepthHead(DepthRegressionMixin, LinearDecodeHead):
    """A 1x1 convolution to 256 bins on the four times enlarged patch map, normalised linearly (``lin.1``, ``lin.4``).

    DINOv2 enlarges before it convolves; both orders give the same logits, and this one is cheaper.

    Args:
        in_channels: See :class:`LinearDecodeHead`.
        upsample: Factor of the enlargement before the nonlinearity.
        **kwargs: Those of :class:`DepthRegressionMixin` and :class:`LinearDecodeHead`.
    """

    def __init__(self, in_channels: int | Sequence[int], upsample: int = 4, **kwargs: Any) -> None:
        super().__init__(in_channels=in_channels, **kwargs)
        self.upsample = upsample

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return depth ``(B, 1, 4h, 4w)`` in metres."""
        logits = super().forward(inputs)
        logits = resize(logits, scale_factor=self.upsample, mode='bilinear', align_corners=self.align_corners)
        return self.depth_of(logits)
