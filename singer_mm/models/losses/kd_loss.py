"""L_KD: the student's tokens against the (refined) teacher's."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

REDUCTIONS = ('mean_layers', 'sum_layers')


@MODELS.register_module()
class KDLoss(nn.Module):
    """Mean squared error over all tokens of a layer, combined over layers (SiNGER, L_KD; FitNet's hint loss).

    Args:
        loss_weight: Factor of the result.
        reduction: ``mean_layers`` (SiNGER) or ``sum_layers`` (the released FitNet).

    Raises:
        ConfigError: If ``reduction`` is unknown.
    """

    def __init__(self, loss_weight: float = 1.0, reduction: str = 'mean_layers') -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ConfigError(f'KDLoss: reduction is {reduction!r}; allowed: {", ".join(REDUCTIONS)}.')
        self.loss_weight = loss_weight
        self.reduction = reduction

    def forward(self, student: Mapping[int, Tensor], teacher: Mapping[int, Tensor]) -> Tensor:
        """Return the weighted scalar loss.

        Args:
            student: Teacher layer to projected student tokens, ``(B, T, C)``.
            teacher: Teacher layer to target tokens, ``(B, T, C)``.
        """
        per_layer = torch.stack(
            [F.mse_loss(at_least_float32(student[layer]), at_least_float32(teacher[layer])) for layer in student]
        )
        total = per_layer.mean() if self.reduction == 'mean_layers' else per_layer.sum()
        return self.loss_weight * total
