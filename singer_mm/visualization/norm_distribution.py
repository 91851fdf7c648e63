"""How long the patch tokens of a network are, over its depth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .chart_style import use_plain_log_scale

BANDS = ((0.01, 0.99, '0.85'), (0.25, 0.75, '0.65'))


def draw_norm_distribution(
    norms: Sequence[NDArray[Any]], outlier_ratio: float, marked: Sequence[int], title: str
) -> Figure:
    """Draw quantiles of the patch norms of each layer, as they are and as multiples of their image's median.

    Args:
        norms: For each layer ``(B, h, w)``.
        outlier_ratio: Multiple of the median from which a patch is an outlier: a dashed line.
        marked: Layers to be marked by a triangle below.
        title: One line above the picture.
    """
    figure = Figure(figsize=(7.2, 5.6), layout='constrained')
    upper, lower = figure.subplots(2, 1, sharex=True)
    relative = [values / np.median(values, axis=(1, 2), keepdims=True) for values in norms]
    _draw(upper, norms)
    _draw(lower, relative)
    use_plain_log_scale(upper)
    upper.set_ylabel('patch norm (feature units)', fontsize=9)
    lower.set_ylabel('norm / median of the image', fontsize=9)
    lower.axhline(outlier_ratio, color='black', linestyle='--', linewidth=1.2, label='outlier limit')
    largest = max(float(values.max()) for values in relative)
    if largest > 4 * outlier_ratio:
        use_plain_log_scale(lower)
    else:
        lower.set_ylim(0, max(largest, outlier_ratio) * 1.08)
    for layer in marked:
        label = 'recommended' if layer == marked[0] else None
        # in units of the axis from bottom to top, so that it stands just above the frame's lower edge
        lower.plot(layer, 0.05, '^', color='black', markersize=8, transform=lower.get_xaxis_transform(), label=label)
    lower.set_xlabel('block')
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axis in (upper, lower):
        axis.grid(alpha=0.25)
    figure.suptitle(title, fontsize=11)
    handles, labels = lower.get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=3, frameon=False, fontsize=9)
    return figure


def _draw(axis: Axes, norms: Sequence[NDArray[Any]]) -> None:
    layers = np.arange(len(norms))
    for low, high, grey in BANDS:
        bounds = np.array([np.quantile(values, (low, high)) for values in norms]).T
        axis.fill_between(layers, *bounds, color=grey, label=f'{low:.0%} to {high:.0%}', linewidth=0)
    axis.plot(layers, [np.median(values) for values in norms], 'o-', color='black', markersize=3.5, label='median')
    axis.plot(layers, [values.max() for values in norms], 'x:', color='black', markersize=5, label='largest')
