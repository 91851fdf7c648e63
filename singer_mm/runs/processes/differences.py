"""How far two runs of a case are apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True)
class Differences:
    """The largest differences between a run and that of one process.

    Attributes:
        loss: Of a step's losses, relative to their sum in the first step where that exceeds 1.
        weights: Of a trained weight, absolute; buffers of standardised targets, relative, are among them.
        moved: By how much the training itself has moved a weight: what the former is to be compared with.
        metrics: Of a metric of the test, absolute.
    """

    loss: float
    weights: float
    moved: float
    metrics: float


def compare_runs(reference: Path, other: Path) -> Differences:
    """Return how far two files of :func:`run_case` are apart."""
    one, many = (torch.load(path, weights_only=True) for path in (reference, other))
    return Differences(
        loss=_largest(_loss_differences(one['losses'], many['losses'])),
        weights=_largest(_distance(value, many['weights'][name]) for name, value in one['weights'].items()),
        moved=_largest(
            (value - one['start'][name]).abs().max().item()
            for name, value in one['weights'].items()
            if name in one['start']
        ),
        metrics=_largest(_metric_distance(value, many['metrics'][name]) for name, value in one['metrics'].items()),
    )


def _loss_differences(one: list[dict[str, float]], many: list[dict[str, float]]) -> Any:
    assert len(one) == len(many)
    for name in one[0] if one else ():
        yield from (abs(a[name] - b[name]) / max(1.0, abs(one[0]['loss'])) for a, b in zip(one, many, strict=True))


def _distance(one: torch.Tensor, many: torch.Tensor) -> float:
    return (one - many).abs().max().item() / max(1.0, one.abs().max().item())


def _metric_distance(one: float, many: float) -> float:
    return 0.0 if one != one and many != many else abs(one - many)  # both NaN: equal


def _largest(values: Any) -> float:
    return max(values, default=0.0)
