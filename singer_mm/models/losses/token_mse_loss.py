"""Squared error of some tokens of some layers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

REDUCTIONS = ('mean', 'sum')


@MODELS.register_module()
class TokenMSELoss(nn.Module):
    """Squared error over the tokens that a mask names, or over all; summed over layers.

    Args:
        loss_weight: Factor of the result.
        reduction: Of each layer: ``mean`` over tokens and channels, or ``sum`` over both and mean over images, as
            ViTKD's authors have it (``MSELoss(reduction='sum') / B``).

    Raises:
        ConfigError: If ``reduction`` is unknown.
    """

    def __init__(self, loss_weight: float = 1.0, reduction: str = 'mean') -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ConfigError(f'TokenMSELoss: reduction is {reduction!r}; allowed: {", ".join(REDUCTIONS)}.')
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
            masks: Layer to the tokens that count, boolean ``(B, T)``, equally many in each image; default: all.
        """
        total = [
            self._layer_loss(student[layer], teacher[layer], None if masks is None else masks[layer])
            for layer in student
        ]
        return self.loss_weight * torch.stack(total).sum()

    def _layer_loss(self, student: Tensor, teacher: Tensor, mask: Tensor | None) -> Tensor:
        squared = (at_least_float32(student) - at_least_float32(teacher)).square()
        if mask is None:
            return squared.mean() if self.reduction == 'mean' else squared.sum() / len(squared)
        # No boolean indexing: its shape depends on data, for which a GPU would have to wait.
        per_token = squared.sum(dim=-1) * mask
        count = mask.sum() * squared.shape[-1] if self.reduction == 'mean' else len(squared)
        return per_token.sum() / count
