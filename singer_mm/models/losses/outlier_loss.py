"""L_outlier: lower the norms of outlier patches to the quantile of their image."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.models.argument_checks import check_fraction
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

SMALLEST_NORM = 1e-12


@MODELS.register_module()
class OutlierLoss(nn.Module):
    """Squared distance of outlier norms to their image's quantile, averaged over outliers, then over layers.

    The outliers here are *quantile outliers*: refined patches whose norm exceeds the ``quantile`` of the norms of their
    image, so every image with unequal norms has some. The quantile carries no gradient (SiNGER, L_outlier). There are
    two other definitions: the *teacher quantile outliers* of ``distillers/diagnostics.py`` use the norms of the
    unrefined teacher; the *ratio outliers* of ``analysis/artifacts/outliers.py`` exceed twice the median, and an image
    may have none.

    This loss also falls when all tokens get shorter. With ``relative=True`` (ours), norms are measured in units of the
    quantile, which then carries its gradient: a common factor of all norms of an image does not change the loss.

    Args:
        quantile: Between 0 and 1, exclusive.
        loss_weight: Factor of the result. In units of the quantile, the loss is smaller by the square of the norms:
            1,000 times and more.
        relative: Measure norms in units of the quantile.

    Raises:
        ConfigError: If ``quantile`` is out of range.
    """

    def __init__(self, quantile: float = 0.97, loss_weight: float = 0.01, relative: bool = False) -> None:
        super().__init__()
        check_fraction('OutlierLoss: quantile', quantile)
        self.quantile = quantile
        self.loss_weight = loss_weight
        self.relative = relative

    def forward(self, refined_patches: Mapping[int, Tensor]) -> Tensor:
        """Return the weighted scalar loss of refined patch tokens, layer to ``(B, N, C)``."""
        return self.loss_weight * torch.stack([self._layer_loss(value) for value in refined_patches.values()]).mean()

    def _layer_loss(self, patches: Tensor) -> Tensor:
        norms = at_least_float32(patches).norm(dim=-1)  # (B, N)
        if self.relative:
            norms = norms / norms.quantile(self.quantile, dim=1, keepdim=True).clamp_min(SMALLEST_NORM)
        limits = norms.detach().quantile(self.quantile, dim=1, keepdim=True)  # (B, 1)
        is_outlier = norms > limits
        # If all norms of an image are equal, none exceeds the quantile; the clamp then prevents 0 / 0.
        squared = F.mse_loss(norms, limits.expand_as(norms), reduction='none') * is_outlier
        return squared.sum() / is_outlier.sum().clamp_min(1)
