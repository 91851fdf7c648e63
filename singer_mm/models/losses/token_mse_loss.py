"""Squared error between student and teacher tokens."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from singer_mm.models.argument_checks import check_choice
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

REDUCTIONS = ('mean', 'sum')


@MODELS.register_module()
class TokenMSELoss(nn.Module):
    """Squared error over all tokens or over the tokens of a mask, summed over layers.

    Args:
        loss_weight: Factor of the result.
        reduction: Of each layer: ``mean`` over tokens and channels, or ``sum`` over both and mean over images, as in
            the code of ViTKD's authors (``MSELoss(reduction='sum') / B``).

    Raises:
        ConfigError: If ``reduction`` is unknown.
    """

    def __init__(self, loss_weight: float = 1.0, reduction: str = 'mean') -> None:
        super().__init__()
        check_choice('TokenMSELoss: reduction', reduction, REDUCTIONS)
        self.loss_weight = loss_weight
        self.reduction = reduction

    def forward(
        self,
        student: Mapping[int, Tensor],
        teacher: Mapping[int, Tensor],
        masks: Mapping[int, Tensor] | None = None,
    ) -> Tensor:
        """Return the weighted scalar loss.

        Args:
            student: Layer to tokens, ``(B, T, C)``.
            teacher: Layer to target tokens, ``(B, T, C)``.
            masks: Layer to the tokens to compare, boolean ``(B, T)``, equally many in each image; default: all.
        """
        per_layer = [
            self._layer_loss(student[layer], teacher[layer], None if masks is None else masks[layer])
            for layer in student
        ]
        return self.loss_weight * torch.stack(per_layer).sum()

    def _layer_loss(self, student: Tensor, teacher: Tensor, mask: Tensor | None) -> Tensor:
        squared = (at_least_float32(student) - at_least_float32(teacher)).square()
        if mask is None:
            return squared.mean() if self.reduction == 'mean' else squared.sum() / len(squared)
        # No boolean indexing: its shape depends on the data, so the CPU would have to wait for the GPU.
        per_token = squared.sum(dim=-1) * mask
        count = mask.sum() * squared.shape[-1] if self.reduction == 'mean' else len(squared)
        return per_token.sum() / count
