"""Statistics of one number over images or tokens."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class StatisticsOfImages:
    """Statistics of ``number`` values; ``std`` is that of a sample, nan for one value; ``p95`` is the 0.95 quantile."""

    mean: float
    std: float
    median: float
    p95: float
    number: int

    @classmethod
    def of(cls, values: Tensor) -> StatisticsOfImages:
        """Compute the statistics of ``values`` of any shape."""
        flat = values.detach().flatten().double().cpu()
        std = float(flat.std()) if len(flat) > 1 else float('nan')
        return cls(float(flat.mean()), std, float(flat.quantile(0.5)), float(flat.quantile(0.95)), len(flat))
