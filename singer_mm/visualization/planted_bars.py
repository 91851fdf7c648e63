"""What each method makes of planted artifacts: one panel for each direction and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure


def draw_planted_bars(
    results: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]], measures: Mapping[str, str]
) -> Figure:
    """Draw horizontal bars: a row of panels for each measure, a panel for each direction, a bar for each method.

    Bars are means over seeds, black lines their range, dashed lines the references.

    Args:
        results: Direction -> method -> one dict (measure -> value) for each seed, with the same methods in each
            direction; one that has a single method (a clean teacher) is a reference.
        measures: Measure -> label with its unit.
    """
    references = {direction: methods for direction, methods in results.items() if len(methods) == 1}
    panels = {direction: methods for direction, methods in results.items() if len(methods) > 1}
    titles = list(next(iter(panels.values())))
    figure = Figure(
        figsize=(2.2 + 2.5 * len(panels), (0.22 * len(titles) + 0.75) * len(measures)), layout='constrained'
    )
    axes = figure.subplots(len(measures), len(panels), squeeze=False, sharey=True, sharex='row')
    for row, (measure, label) in zip(axes, measures.items(), strict=True):
        for axis, (direction, methods) in zip(row, panels.items(), strict=True):
            values = [np.array([seed.get(measure, np.nan) for seed in methods[title]]) for title in titles]
            means = np.array([value.mean() for value in values])
            ranges = np.array([[m - value.min(), value.max() - m] for m, value in zip(means, values, strict=True)]).T
            axis.barh(titles, means, xerr=ranges, color='0.75', edgecolor='black', linewidth=0.6, capsize=2)
            for name, methods_of in references.items():
                seeds = [seed[measure] for rows in methods_of.values() for seed in rows if measure in seed]
                if seeds:
                    axis.axvline(float(np.mean(seeds)), color='black', linestyle='--', linewidth=1, label=name)
            axis.set_title(direction, fontsize=9)
            axis.set_xlabel(label, fontsize=8)
            axis.tick_params(labelsize=8)
        row[0].invert_yaxis()  # shared by the row: the first method on top
        if row[0].get_legend_handles_labels()[0]:
            row[-1].legend(frameon=False, fontsize=7, loc='lower right')
    return figure
