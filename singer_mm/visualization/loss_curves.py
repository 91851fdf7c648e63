"""How the losses fell: every iteration in light grey, the running mean over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

SMOOTHED_SHARE = 1 / 25  # of the run: wide enough to silence batches, narrow enough to show the first fall
LOG_FROM_RATIO = 10.0  # below one decade a logarithmic axis has too few ticks to read values from


def draw_loss_curves(losses: Mapping[str, NDArray[Any]], first_iteration: int = 1) -> Figure:
    """Draw one panel for each loss; a positive loss that spans more than a decade gets a logarithmic axis.

    Args:
        losses: Name -> value at each iteration ``(T,)``, as weighted in the sum.
        first_iteration: Iteration of the first value.
    """
    columns = min(2, len(losses))
    rows = -(-len(losses) // columns)
    figure = Figure(figsize=(4.6 * columns, 2.7 * rows), layout=ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08))
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis, (name, values) in zip(axes.flat, losses.items(), strict=False):
        iterations = np.arange(first_iteration, first_iteration + len(values))
        window = max(1, round(len(values) * SMOOTHED_SHARE))
        axis.plot(iterations, values, color='0.8', linewidth=0.8, label='each iteration')
        axis.plot(iterations, running_mean(values, window), color='black', linewidth=1.4, label=f'mean of {window}')
        axis.set(title=name, xlabel='iteration', ylabel='weighted loss')
        if spans_decade(values):
            axis.set_yscale('log')
            # plain numbers at 1, 2 and 5 read more easily than powers of ten with a factor
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.yaxis.set_major_formatter('{x:g}')
            axis.yaxis.set_minor_formatter(NullFormatter())
        axis.legend(frameon=False, fontsize=8)
    for axis in axes.flat[len(losses) :]:
        axis.remove()
    return figure


def running_mean(values: NDArray[Any], window: int) -> NDArray[Any]:
    """Centred mean over up to ``window`` values; at both ends over those that exist.

    Args:
        values: ``(T,)``.
        window: Number of values, at least 1.
    """
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    positions = np.arange(len(values))
    start = np.maximum(positions - (window - 1) // 2, 0)
    stop = np.minimum(positions + window // 2 + 1, len(values))
    means: NDArray[Any] = (sums[stop] - sums[start]) / (stop - start)
    return means


def spans_decade(values: NDArray[Any]) -> bool:
    """Whether all values are positive and the largest is more than ten times the smallest."""
    return bool(values.min() > 0 and values.max() > LOG_FROM_RATIO * values.min())
