"""A number of each image, summed up."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class StatisticsOfImages:
    """Statistics of one number over images, or over tokens.

    Attributes:
        mean: Their mean.
        std: Standard deviation, of a sample; nan for a single one.
        median: Their median.
        p95: Their 0.95 quantile.
        number: How many there are.
    """

    mean: float
    std: float
    median: float
    p95: float
    number: int

    @classmethod
    def of(cls, values: Tensor) -> StatisticsOfImages:
        """Sum up ``values`` of any shape."""
        flat = values.detach().flatten().double().cpu()
        std = float(flat.std()) if len(flat) > 1 else float('nan')
        return cls(float(flat.mean()), std, float(flat.quantile(0.5)), float(flat.quantile(0.95)), len(flat))
