"""Scale-invariant loss of depth."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from singer_mm.registry import MODELS


@MODELS.register_module()
class SigLoss(nn.Module):
    """``sqrt(var(g) + 0.15 * mean(g)^2)`` with ``g = log(pred + eps) - log(target + eps)``.

    Variance and mean run over all pixels of a batch that have depth. This is the loss of AdaBins and of DINOv2's depth
    evaluation (whose warm-up of 100 iterations is left out). mmseg's ``SiLogLoss`` is another one:
    ``sqrt(mean(g^2) - 0.5 * mean(g)^2)`` for each image, that is ``sqrt(var(g) + 0.5 * mean(g)^2)``, which weighs the
    error in scale more than three times as much.

    Args:
        max_depth: Deeper pixels do not count, nor do those without depth (0). Metres.
        loss_weight: Factor of the loss.
        eps: Keeps the logarithm finite, in metres.
    """

    loss_name = 'loss_sig'

    def __init__(self, max_depth: float = 10.0, loss_weight: float = 1.0, eps: float = 1e-3) -> None:
        super().__init__()
        self.max_depth = max_depth
        self.loss_weight = loss_weight
        self.eps = eps

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the loss; 0 when fewer than two pixels have depth.

        Args:
            pred: ``(B, 1, H, W)``, in metres.
            target: ``(B, 1, H, W)``; 0 where there is no depth.
        """
        valid = (target > 0) & (target <= self.max_depth)
        difference = torch.log(pred[valid] + self.eps) - torch.log(target[valid] + self.eps)
        if difference.numel() < 2:
            return pred.sum() * 0
        square = difference.var() + 0.15 * difference.mean() ** 2
        # The square root has no gradient at 0.
        return self.loss_weight * square.clamp(min=1e-12).sqrt()
