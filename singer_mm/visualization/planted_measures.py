"""What each method makes of planted artifacts: one panel for each direction and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

Seeds = Sequence[Mapping[str, float]]
"""One dict (measure -> value) for each seed."""


def draw_planted_measures(
    results: Mapping[str, Mapping[str, Seeds]], measures: Mapping[str, str], reference: tuple[str, Seeds] | None = None
) -> Figure:
    """Draw a row of panels for each measure, a panel for each direction, a line for each method.

    A dot is the mean over seeds, the bar through it their range, the dashed line the mean of the reference. Dots, not
    bars from zero: what tells methods apart is small beside the value itself.

    Args:
        results: Direction -> method -> seeds, with the same methods in each direction; where a method lacks a measure,
            its panel stays empty.
        measures: Measure -> label with its unit.
        reference: Name and seeds of what every method is held against; measures that it lacks have no line.
    """
    titles = list(next(iter(results.values())))
    lines = np.arange(len(titles))
    figure = Figure(
        figsize=(2.2 + 2.6 * len(results), (0.21 * len(titles) + 0.85) * len(measures) + 0.3), layout='constrained'
    )
    axes = figure.subplots(len(measures), len(results), squeeze=False, sharey=True, sharex='row')
    for row, (measure, label) in zip(axes, measures.items(), strict=True):
        for axis, (direction, methods) in zip(row, results.items(), strict=True):
            values = [np.array([seed[measure] for seed in methods[title] if measure in seed]) for title in titles]
            if not all(len(value) for value in values):  # without artifacts nothing is left of them
                axis.set_axis_off()
                continue
            axis.hlines(lines, [value.min() for value in values], [value.max() for value in values], color='0.5')
            axis.plot([value.mean() for value in values], lines, 'o', color='black', markersize=4)
            seeds = [seed[measure] for seed in reference[1] if measure in seed] if reference else []
            if reference and seeds:
                axis.axvline(float(np.mean(seeds)), color='black', linestyle='--', linewidth=1, label=reference[0])
            axis.set_title(direction, fontsize=9)
            axis.set_xlabel(label, fontsize=8)
            axis.tick_params(labelsize=8)
            axis.grid(axis='y', color='0.9')
        row[0].set_yticks(lines, titles)
        next(axis for axis in row if axis.axison).tick_params(labelleft=True)
    axes[0, 0].set_ylim(len(titles) - 0.5, -0.5)  # all panels share it: the first method is on top
    handles, labels = axes[-1, -1].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc='outside lower center', frameon=False, fontsize=8)
    return figure
