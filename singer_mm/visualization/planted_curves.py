"""What methods make of planted artifacts over a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

LINES = ('-', '--', '-.', ':')
MARKERS = 'osD^vP'

Curves = Sequence[Mapping[int, Mapping[str, float]]]
"""For each seed: steps to measures."""


def draw_planted_curves(results: Mapping[str, Mapping[str, Curves]], measures: Mapping[str, str]) -> Figure:
    """Draw a row of panels for each measure, a panel for each direction, a line for each method: the mean over seeds.

    The band is the range over seeds. The last point ends the schedule; those before it were measured at a higher
    learning rate.

    Args:
        results: Direction -> method -> seeds.
        measures: Measure -> label with its unit.
    """
    titles = list(next(iter(results.values())))
    shades = colormaps['viridis'](np.linspace(0.0, 0.85, len(titles)))
    figure = Figure(figsize=(1.2 + 2.8 * len(results), 0.6 + 2.3 * len(measures)), layout='constrained')
    axes = figure.subplots(len(measures), len(results), squeeze=False, sharey='row', sharex=True)
    for row, (measure, label) in zip(axes, measures.items(), strict=True):
        for axis, (direction, methods) in zip(row, results.items(), strict=True):
            for index, title in enumerate(titles):
                steps = sorted(methods[title][0])
                values = np.array(
                    [[seed[step][measure] for step in steps] for seed in methods[title]]
                )  # (seeds, steps)
                style = dict(
                    color=shades[index], linestyle=LINES[index % len(LINES)], marker=MARKERS[index % len(MARKERS)]
                )
                axis.plot(steps, values.mean(axis=0), markersize=3, linewidth=1.2, label=title, **style)
                axis.fill_between(
                    steps, values.min(axis=0), values.max(axis=0), color=shades[index], alpha=0.15, linewidth=0
                )
            axis.set_title(direction, fontsize=9)
            axis.tick_params(labelsize=8)
            axis.grid(alpha=0.25)
        row[0].set_ylabel(label, fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel('training steps', fontsize=8)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=min(3, len(labels)), frameon=False, fontsize=8)
    return figure
