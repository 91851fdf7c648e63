"""Regression of depth through bins, as in DINOv2: the shared part of the depth heads."""

from typing import Any

import torch
from mmseg.models.utils import resize
from mmseg.utils import SampleList
from torch import Tensor, nn

EPSILON = 0.1


class DepthRegressionMixin(nn.Module):
    """Depth as a weighted mean of uniform bins, for a decode head whose convolution yields one channel for each bin.

    The weights are ``relu(logits) + 0.1``, divided by their sum (not a softmax), as in DINOv2's depth evaluation. A
    head lists this class before mmseg's base class and returns :meth:`depth_of` from ``forward``.

    Args:
        bins: Number of bins, uniform from ``min_depth`` to ``max_depth``, both included.
        min_depth: Lower end of the range, in metres.
        max_depth: Upper end.
        loss_decode: Config of the loss; default: ``singer_mm.SigLoss``.
        **kwargs: Those of mmseg's base class.
    """

    bins: Tensor
    align_corners: bool
    loss_decode: Any

    def __init__(
        self,
        bins: int = 256,
        min_depth: float = 0.001,
        max_depth: float = 10.0,
        loss_decode: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes=bins, loss_decode=loss_decode or dict(type='singer_mm.SigLoss'), **kwargs)
        # mmseg allocates this number of channels for the predictions of windows: metres, not bins.
        self.out_channels = 1
        self.min_depth, self.max_depth = min_depth, max_depth
        self.register_buffer('bins', torch.linspace(min_depth, max_depth, bins), persistent=False)

    def depth_of(self, logits: Tensor) -> Tensor:
        """Return depth ``(B, 1, h, w)`` in metres of logits ``(B, bins, h, w)``."""
        weights = logits.float().relu() + EPSILON
        return torch.einsum('bkhw,k->bhw', weights, self.bins)[:, None] / weights.sum(dim=1, keepdim=True)

    def loss_by_feat(self, depth: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Return the loss at the resolution of the depth maps."""
        target = torch.stack([sample.gt_depth_map.data for sample in batch_data_samples])
        depth = resize(depth, size=target.shape[2:], mode='bilinear', align_corners=self.align_corners)
        return {self.loss_decode.loss_name: self.loss_decode(depth, target)}

    def predict_by_feat(self, depth: Tensor, batch_img_metas: list[dict[str, Any]]) -> Tensor:
        """Return depth ``(B, 1, H, W)`` at the size of the input image, inside the range."""
        size = batch_img_metas[0]['img_shape'][:2]
        depth = resize(depth, size=size, mode='bilinear', align_corners=self.align_corners)
        return depth.clamp(self.min_depth, self.max_depth)
