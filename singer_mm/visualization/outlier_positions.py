"""Where in the image outlier patches lie, over many images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from .chart_style import label_panel

STYLES = ('o-', 's--', '^:')


def draw_outlier_positions(
    frequency: Mapping[str, NDArray[Any]],
    shares: Sequence[float],
    least_share: float,
    places: Mapping[str, tuple[Sequence[float | None], float | None]],
) -> Figure:
    """Draw how often each patch position holds an outlier, and what places outliers prefer over the depth.

    Args:
        frequency: Layer -> share of the images ``(h, w)`` whose patch at that position is an outlier.
        shares: Share of the patches that are outliers, for each layer.
        least_share: From which share on a layer has artifacts: a dashed line.
        places: Place -> for each layer the share of its outliers in that place (None: it has none), and the share to be
            expected by chance (None: unknown).
    """
    figure = Figure(figsize=(8.4, 6.2), layout='constrained')
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    maps = top.subplots(1, len(frequency), squeeze=False)[0]
    largest = max(float(image.max()) for image in frequency.values())
    for axis, (name, image) in zip(maps, frequency.items(), strict=True):
        drawn = axis.imshow(image, cmap='viridis', vmin=0, vmax=largest or 1.0)
        axis.set_title(name if image.any() else f'{name}\nno outliers', fontsize=9)
        axis.set_xlabel('patch column', fontsize=8)
        axis.tick_params(labelsize=7)
    maps[0].set_ylabel('patch row', fontsize=8)
    scale = top.colorbar(drawn, ax=list(maps), shrink=0.6, format=PercentFormatter(1, decimals=0))
    scale.set_label('images with an outlier here', fontsize=8)
    left, right = bottom.subplots(1, 2)
    _draw_shares(left, shares, least_share)
    _draw_places(right, places)
    for axis in (left, right):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlim(-0.5, len(shares) - 0.5)
    return figure


def _draw_shares(axis: Axes, shares: Sequence[float], least_share: float) -> None:
    axis.bar(range(len(shares)), shares, color='0.55', edgecolor='black', linewidth=0.6)
    axis.axhline(least_share, color='black', linestyle='--', linewidth=1, label='limit for artifacts')
    axis.set_ylim(0, max(1.15 * max(shares), 1.5 * least_share))
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    label_panel(axis, '', 'block', 'patches that are outliers')
    axis.legend(fontsize=7, frameon=False)


def _draw_places(axis: Axes, places: Mapping[str, tuple[Sequence[float | None], float | None]]) -> None:
    shades = np.linspace(0.0, 0.6, len(places))
    for (name, (shares, chance)), style, shade in zip(places.items(), STYLES, shades, strict=False):
        values = [np.nan if share is None else share for share in shares]
        label = name if chance is None else f'{name} (dotted: by chance)'
        axis.plot(range(len(values)), values, style, color=str(shade), markersize=4, linewidth=1.2, label=label)
        if chance is not None:
            axis.axhline(chance, color=str(shade), linewidth=1, linestyle=(0, (1, 3)))
            # at the right end, in the line's own symbol, so that it is clear whose chance it is
            axis.plot(1, chance, style[0], color=str(shade), transform=axis.get_yaxis_transform(), clip_on=False)
    axis.set_ylim(-0.03, 1.3)  # room for the legend
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    label_panel(axis, '', 'block', 'share of the outliers')
    axis.legend(fontsize=7, frameon=False)
