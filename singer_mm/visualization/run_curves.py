"""Curves of a run over its iterations: the losses, and the statistics of ``SiNGERHook`` for each layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from .chart_style import label_panel, line_styles, use_plain_log_scale

SMOOTHED_SHARE = 1 / 25  # of the run: wide enough to silence batches, narrow enough to show the first fall
LOG_FROM_RATIO = 10.0  # below one decade a logarithmic axis has too few ticks to read values from

Curve = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Panel:
    """One axis of the diagnostics: statistics that are read together, and what they say."""

    title: str
    ylabel: str
    stats: dict[str, str]  # statistic -> line style


PANELS = (
    Panel(
        'Outlier ratio: teacher (dashed), refined (solid)',
        '99th percentile / median patch norm',
        {'outlier_ratio_teacher': '--', 'outlier_ratio_refined': '-'},
    ),
    Panel('KD gradient on outlier patches', "share of the gradient's energy", {'outlier_kd_share': '-'}),
    Panel('Information error', 'RMS difference of patch cosines', {'info_error': '-'}),
    Panel('Median patch norm', 'refined / teacher', {'median_norm_ratio': '-'}),
    Panel('Size of the perturbation', 'norm of perturbation / of teacher', {'perturbation': '-'}),
    Panel('Perturbation inside the initial nullspace', 'share of its energy', {'nullspace_share': '-'}),
)


def draw_loss_curves(losses: Mapping[str, NDArray[Any]], first_iteration: int = 1) -> Figure:
    """Draw one panel for each loss: every iteration in light grey, the running mean over it.

    A positive loss that spans more than a decade gets a logarithmic axis.

    Args:
        losses: Name -> value at each iteration ``(T,)``, as weighted in the sum.
        first_iteration: Iteration of the first value.
    """
    figure, axes = _panel_grid(len(losses), 2, (4.6, 2.7))
    for axis, (name, values) in zip(axes, losses.items(), strict=True):
        iterations = np.arange(first_iteration, first_iteration + len(values))
        window = max(1, round(len(values) * SMOOTHED_SHARE))
        axis.plot(iterations, values, color='0.8', linewidth=0.8, label='each iteration')
        axis.plot(iterations, running_mean(values, window), color='black', linewidth=1.4, label=f'mean of {window}')
        axis.set(title=name, xlabel='iteration', ylabel='weighted loss')
        if values.min() > 0 and values.max() > LOG_FROM_RATIO * values.min():
            use_plain_log_scale(axis)
        axis.legend(frameon=False, fontsize=8)
    return figure


def running_mean(values: NDArray[Any], window: int) -> NDArray[Any]:
    """Return the centred mean over up to ``window`` (at least 1) values; at both ends over those that exist.

    Args:
        values: ``(T,)``.
        window: Number of values.
    """
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    positions = np.arange(len(values))
    start = np.maximum(positions - (window - 1) // 2, 0)
    stop = np.minimum(positions + window // 2 + 1, len(values))
    means: NDArray[Any] = (sums[stop] - sums[start]) / (stop - start)
    return means


def draw_diagnostics_curves(layers: Mapping[int, Mapping[str, Curve]]) -> Figure:
    """Draw each statistic over the iterations, one line for each layer.

    Layers differ by marker and lightness, before and after by the line's style: all of it survives a black and white
    print. A statistic that this module does not know gets a panel of its own, one that was not logged gets none.

    Args:
        layers: Teacher layer -> statistic -> ``(iterations (T,), values (T,))``.
    """
    logged = {stat for stats in layers.values() for stat in stats}
    unknown = sorted(logged.difference(*(panel.stats for panel in PANELS)))
    panels = [panel for panel in PANELS if logged & set(panel.stats)]
    panels += [Panel(stat, stat, {stat: '-'}) for stat in unknown]
    figure, axes = _panel_grid(len(panels), 3, (3.9, 2.8), legend_inches=0.4)
    for axis, panel in zip(axes, panels, strict=True):
        for (layer, stats), style in zip(sorted(layers.items()), line_styles(len(layers), 0.75), strict=True):
            style |= {'markersize': 3.5, 'linewidth': 1.2, 'label': f'block {layer}'}
            for stat in reversed(panel.stats):  # the solid line first: it stands in the legend
                if stat in stats:
                    axis.plot(*stats[stat], **style | {'linestyle': panel.stats[stat]})
                    style['label'] = None
        label_panel(axis, panel.title, 'iteration', panel.ylabel)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=len(layers), frameon=False)
    return figure


def _panel_grid(
    number: int, abreast: int, inches: tuple[float, float], legend_inches: float = 0.0
) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure and its panels, row by row; ``inches``: width and height of a panel."""
    columns = min(abreast, number)
    rows = -(-number // columns)
    size = (inches[0] * columns, inches[1] * rows + legend_inches)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[number:]:
        axis.remove()
    return figure, list(axes[:number])
