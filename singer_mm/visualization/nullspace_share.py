"""How much of the artifacts the next block would not miss."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter, ScalarFormatter
from numpy.typing import NDArray

from .chart_style import label_panel, line_styles

HIGHEST = 4.0  # times chance, where the colour scale ends


def draw_nullspace_share(outliers: NDArray[Any], ordinary: NDArray[Any], rank: int, marked: Sequence[int]) -> Figure:
    """Draw the share of energy inside the next block's nullspace, by rank and layer.

    Args:
        outliers: For each layer and each rank from 1 the share of the outliers' energy, ``(L, C)``; nan without any.
        ordinary: The same of the ordinary tokens.
        rank: The rank that layers are compared at.
        marked: Layers whose curves are drawn.
    """
    figure = Figure(figsize=(9.6, 3.7), layout='constrained')
    curves, layers, heat = figure.subplots(1, 3, width_ratios=(1.1, 1, 1.1))
    _draw_curves(curves, outliers, ordinary, rank, marked)
    _draw_layers(layers, outliers[:, rank - 1], ordinary[:, rank - 1], rank / outliers.shape[1], rank)
    has_outliers = not np.isnan(outliers).all()
    shares = outliers if has_outliers else ordinary
    ranks = np.unique(np.geomspace(1, outliers.shape[1], 24).round().astype(int))
    ratios = shares[:, ranks - 1] / (ranks / outliers.shape[1])
    drawn = heat.pcolormesh(np.arange(ranks.size + 1), np.arange(len(ratios) + 1) - 0.5, ratios, vmin=0, vmax=HIGHEST)
    shown = range(0, ranks.size, 5)
    heat.set_xticks([index + 0.5 for index in shown], [str(ranks[index]) for index in shown])
    heat.set_xlabel('rank r', fontsize=8)
    heat.set_ylabel('block', fontsize=8)
    heat.yaxis.set_major_locator(MaxNLocator(integer=True))
    title = 'Outliers, times chance (white: none)' if has_outliers else 'Ordinary tokens, times chance'
    heat.set_title(title, fontsize=9)
    scale = figure.colorbar(drawn, ax=heat, extend='max')
    scale.set_label('share inside / (r / C)', fontsize=8)
    scale.ax.tick_params(labelsize=8)
    for axis in (layers, heat):
        axis.tick_params(labelsize=8)
    return figure


def _draw_curves(axis: Axes, outliers: NDArray[Any], ordinary: NDArray[Any], rank: int, marked: Sequence[int]) -> None:
    ranks = np.arange(1, outliers.shape[1] + 1)
    for layer, style in zip(marked, line_styles(len(marked), 0.6), strict=True):
        style |= {'markevery': 0.15, 'markersize': 4, 'linestyle': '-'}
        if not np.isnan(outliers[layer]).all():
            axis.plot(ranks, outliers[layer], label=f'block {layer}, outliers', **style)
        style |= {'linestyle': '--', 'linewidth': 1}
        axis.plot(ranks, ordinary[layer], label=f'block {layer}, ordinary', **style)
    axis.plot(ranks, ranks / ranks.size, ':', color='black', label='chance: r / C')
    axis.axvline(rank, color='0.5', linewidth=0.8)
    axis.set_xscale('log', base=2)
    axis.set_yscale('log')
    axis.set_ylim(0.003, 1.1)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    axis.xaxis.set_major_formatter(ScalarFormatter())
    label_panel(axis, 'Share inside the nullspace', 'rank r of the nullspace', 'share of the energy inside')
    axis.legend(fontsize=6.5, frameon=False)


def _draw_layers(axis: Axes, outliers: NDArray[Any], ordinary: NDArray[Any], chance: float, rank: int) -> None:
    layers = np.arange(outliers.size)
    axis.bar(layers - 0.2, outliers, 0.4, color='0.25', label='outliers')
    axis.bar(layers + 0.2, ordinary, 0.4, color='0.8', edgecolor='black', linewidth=0.5, label='ordinary')
    axis.axhline(chance, color='black', linestyle=':', label='chance')
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.xaxis.set_major_locator(FixedLocator(list(range(0, outliers.size, max(1, outliers.size // 6)))))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel('block', fontsize=8)
    axis.set_title(f'At rank {rank}', fontsize=9)
    axis.set_ylim(0, 1.35 * np.nanmax([*outliers, *ordinary, chance]))
    axis.legend(fontsize=6.5, frameon=False, ncols=3, loc='upper center')
