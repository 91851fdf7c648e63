"""A depth decoder over a feature pyramid, for fine-tuning."""

from mmseg.models.decode_heads.uper_head import UPerHead
from torch import Tensor

from singer_mm.registry import MODELS

from .depth_regression import DepthRegressionMixin


@MODELS.register_module()
class PyramidDepthHead(DepthRegressionMixin, UPerHead):
    """mmseg's UPerNet decoder whose last convolution yields depth bins instead of classes.

    It takes the arguments of :class:`DepthRegressionMixin` and of mmseg's ``UPerHead``.
    """

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return depth ``(B, 1, h, w)`` in metres, at the resolution of the finest map."""
        return self.depth_of(super().forward(inputs))
