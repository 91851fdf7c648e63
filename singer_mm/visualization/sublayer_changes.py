"""How much attention and MLP change the tokens, block by block."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .chart_style import label_panel, use_plain_log_scale

# Blocks (L,), 0-based, mean over the images and standard deviation over the images, (L,) each.
Curve = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

TITLES = {'ordinary': 'ordinary patches', 'outlier': 'outlier patches', 'cls': 'CLS token'}
STYLES: dict[str, dict[str, Any]] = {
    'attention': dict(label='attention', color='black', linestyle='-', marker='o', markerfacecolor='white'),
    'mlp': dict(label='MLP', color='0.35', linestyle='--', marker='s'),
}


def draw_sublayer_changes(changes: Mapping[str, Mapping[str, Mapping[str, Curve]]]) -> Figure:
    """Draw one row for each network and one panel for each kind of token, all on one logarithmic scale.

    A line is the mean over the images, the band around it one standard deviation over them.

    Args:
        changes: Network -> kind of token (``ordinary``, ``outlier``, ``cls``) -> sub-layer (``attention``, ``mlp``) ->
            curve. A network may lack a kind (CLS): its panel stays away.
    """
    kinds = [kind for kind in TITLES if any(kind in panels for panels in changes.values())]
    figure = Figure(figsize=(2.9 * len(kinds) + 0.6, 2.1 * len(changes) + 1.1), layout='constrained')
    axes = figure.subplots(len(changes), len(kinds), squeeze=False, sharey=True)
    figure.suptitle('What a block adds to a token, relative to its length', fontsize=11)
    for row, (network, panels) in zip(axes, changes.items(), strict=True):
        drawn = [kind for kind in kinds if kind in panels]
        for axis, kind in zip(row, drawn, strict=False):
            draw_panel(axis, panels[kind])
            label_panel(axis, TITLES[kind], 'block (0-based)')
        for axis in row[len(drawn) :]:
            axis.remove()
        row[0].set_ylabel(f'{network}\n|added| / |input|', fontsize=8)
    axes[0, 0].set_ylim(*limits(changes))
    handles, _ = axes[0, 0].get_legend_handles_labels()
    handles.append(Patch(color='0.85', label='± 1 standard deviation over the images'))
    figure.legend(handles=handles, loc='outside lower center', ncols=len(handles), frameon=False, fontsize=8)
    return figure


def draw_panel(axis: Axes, curves: Mapping[str, Curve]) -> None:
    """Draw the sub-layers of one kind of token."""
    for sublayer, (layers, mean, std) in curves.items():
        style = STYLES[sublayer]
        # below zero there is nothing to draw, and no logarithm
        low = np.maximum(mean - std, 1e-3 * mean)
        axis.fill_between(layers, low, mean + std, color=style['color'], alpha=0.15, linewidth=0)
        axis.plot(layers, mean, linewidth=1.3, markersize=4, **style)
    axis.axhline(1, color='0.6', linewidth=0.8, zorder=0)
    use_plain_log_scale(axis)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.tick_params(labelleft=True)


def limits(changes: Mapping[str, Mapping[str, Mapping[str, Curve]]]) -> tuple[float, float]:
    """Return the ends of the common scale: all means with some air, and what the bands reach above them."""
    curves = [curve for panels in changes.values() for lines in panels.values() for curve in lines.values()]
    lowest = min(float(np.nanmin(mean)) for _, mean, _ in curves)
    highest = max(float(np.nanmax(mean + np.nan_to_num(std))) for _, mean, std in curves)
    return lowest / 1.5, highest * 1.2
