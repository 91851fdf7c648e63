"""The differences between two runs of a case."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Differences:
    """The largest differences between a run and that of one process.

    Attributes:
        loss: Difference of a loss, relative to the sum of losses in the first step if that exceeds 1.
        weights: Difference of a trained weight or of a buffer of standardised targets, relative if it exceeds 1.
        moved: Change of a weight by the training itself, as a scale for ``weights``.
        metrics: Difference of a test metric, absolute.
    """

    loss: float
    weights: float
    moved: float
    metrics: float


def compare_runs(reference: Path, other: Path) -> Differences:
    """Return the differences between two files of :func:`run_case`."""
    one, many = (torch.load(path, weights_only=True) for path in (reference, other))
    pairs = list(zip(one['losses'], many['losses'], strict=True))
    start, weights = one['start'], one['weights']
    return Differences(
        loss=_largest(abs(a[name] - b[name]) / max(1.0, abs(pairs[0][0]['loss'])) for a, b in pairs for name in a),
        weights=_largest(
            (value - many['weights'][name]).abs().max().item() / max(1.0, value.abs().max().item())
            for name, value in weights.items()
        ),
        moved=_largest((weights[name] - start[name]).abs().max().item() for name in weights.keys() & start.keys()),
        metrics=_largest(_metric_distance(value, many['metrics'][name]) for name, value in one['metrics'].items()),
    )


def _metric_distance(one: float, many: float) -> float:
    return 0.0 if math.isnan(one) and math.isnan(many) else abs(one - many)


def _largest(values: Iterable[float]) -> float:
    return max(values, default=0.0)
