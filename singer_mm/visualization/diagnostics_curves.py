"""What the refiners did during the run: the statistics of ``SiNGERHook`` for each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

Curve = tuple[NDArray[Any], NDArray[Any]]
MARKERS = 'osD^vP'


@dataclass(frozen=True)
class Panel:
    """One axis of the picture: statistics that are read together, and what they say."""

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


def draw_diagnostics_curves(layers: Mapping[int, Mapping[str, Curve]]) -> Figure:
    """Draw each statistic over the iterations, one line for each layer.

    Layers differ by marker and lightness, before and after by the line's style: all of it survives a black and white
    print. A statistic that this module does not know gets a panel of its own, one that was not logged gets none.

    Args:
        layers: Teacher layer -> statistic -> ``(iterations (T,), values (T,))``.
    """
    panels = panels_for({stat for stats in layers.values() for stat in stats})
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.9 * columns, 2.8 * rows + 0.4), layout=ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08))
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        draw_panel(axis, panel, layers)
    for axis in axes.flat[len(panels) :]:
        axis.remove()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=len(layers), frameon=False)
    return figure


def panels_for(logged: set[str]) -> Sequence[Panel]:
    """The known panels of which something was logged, then one for each unknown statistic."""
    known = {stat for panel in PANELS for stat in panel.stats}
    unknown = [Panel(stat, stat, {stat: '-'}) for stat in sorted(logged - known)]
    return [panel for panel in PANELS if logged & set(panel.stats)] + unknown


def draw_panel(axis: Axes, panel: Panel, layers: Mapping[int, Mapping[str, Curve]]) -> None:
    """Draw the statistics of one panel for all layers."""
    shades = colormaps['viridis'](np.linspace(0.0, 0.75, len(layers)))
    for (layer, stats), shade, marker in zip(sorted(layers.items()), shades, MARKERS * len(layers), strict=False):
        label: str | None = f'block {layer}'
        for stat in reversed(panel.stats):  # the solid line first: it stands in the legend
            if stat not in stats:
                continue
            iterations, values = stats[stat]
            style = {'color': shade, 'marker': marker, 'markersize': 3.5, 'linewidth': 1.2}
            axis.plot(iterations, values, linestyle=panel.stats[stat], label=label, **style)
            label = None
    axis.set_title(panel.title, fontsize=9)
    axis.set_xlabel('iteration', fontsize=8)
    axis.set_ylabel(panel.ylabel, fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25)
