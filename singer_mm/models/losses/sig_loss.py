"""Scale-invariant loss of depth."""

import torch
from torch import Tensor, nn

from singer_mm.registry import MODELS


@MODELS.register_module()
class SigLoss(nn.Module):
    """``sqrt(var(g) + 0.15 * mean(g)^2)`` with ``g = log(pred + eps) - log(target + eps)``.

    Variance and mean run over the pixels of an image that have depth; the loss is the mean over images. AdaBins and
    DINOv2's depth evaluation use this loss, with two differences: DINOv2 adds a warm-up of 100 iterations, and both
    take variance and mean over all images on a GPU (two in DINOv2), so their loss depends on the number of GPUs.
    mmseg's ``SiLogLoss`` is ``sqrt(mean(g^2) - 0.5 * mean(g)^2)`` for each image, that is
    ``sqrt(var(g) + 0.5 * mean(g)^2)``: it weighs the error in scale more than three times as much.

    Args:
        max_depth: Deeper pixels are ignored, as are pixels without depth (0). Metres.
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
        """Return the loss; an image in which fewer than two pixels have depth counts as 0.

        Args:
            pred: ``(B, 1, H, W)``, in metres.
            target: ``(B, 1, H, W)``; 0 where there is no depth.
        """
        valid = ((target > 0) & (target <= self.max_depth)).flatten(1)
        pred, target = pred.flatten(1), target.flatten(1)
        # The logarithm of ignored pixels must be finite, too: their gradient is multiplied by 0.
        difference = torch.log(pred.where(valid, 1.0) + self.eps) - torch.log(target.where(valid, 1.0) + self.eps)
        count = valid.sum(dim=1)
        mean = difference.sum(dim=1) / count.clamp(min=1)
        deviation = (difference - mean[:, None]) * valid
        variance = deviation.square().sum(dim=1) / (count - 1).clamp(min=1)
        # The square root has no gradient at 0.
        distance = (variance + 0.15 * mean.square()).clamp(min=1e-12).sqrt()
        return self.loss_weight * (distance * (count >= 2)).mean()
