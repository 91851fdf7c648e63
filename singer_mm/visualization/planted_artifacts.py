"""What methods make of planted artifacts: a row of panels for each measure, a panel for each direction."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .chart_style import label_panel, line_styles

Seeds = Sequence[Mapping[str, float]]
"""One dict (measure -> value) for each seed."""
Curves = Sequence[Mapping[int, Mapping[str, float]]]
"""For each seed: steps to measures."""


def draw_planted_measures(
    results: Mapping[str, Mapping[str, Seeds]], measures: Mapping[str, str], reference: tuple[str, Seeds] | None = None
) -> Figure:
    """Draw the measures after the training, a line for each method.

    A dot is the mean over seeds, the bar through it their range, the dashed line the mean of the reference. Dots, not
    bars from zero: the differences between methods are small compared with the value itself.

    Args:
        results: Direction -> method -> seeds, with the same methods in each direction; where a method lacks a measure,
            its panel stays empty.
        measures: Measure -> label with its unit.
        reference: Name and seeds of what every method is compared with; measures that it lacks have no line.
    """
    titles = list(next(iter(results.values())))
    lines = np.arange(len(titles))
    size = (2.2 + 2.6 * len(results), (0.21 * len(titles) + 0.85) * len(measures) + 0.3)
    figure = Figure(figsize=size, layout='constrained')
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


def draw_planted_curves(results: Mapping[str, Mapping[str, Curves]], measures: Mapping[str, str]) -> Figure:
    """Draw the measures during the training, a line for each method: the mean over seeds.

    The band is the range over seeds. The last point ends the schedule; those before it were measured at a higher
    learning rate.

    Args:
        results: Direction -> method -> seeds.
        measures: Measure -> label with its unit.
    """
    titles = list(next(iter(results.values())))
    figure = Figure(figsize=(1.2 + 2.8 * len(results), 0.6 + 2.3 * len(measures)), layout='constrained')
    axes = figure.subplots(len(measures), len(results), squeeze=False, sharey='row', sharex=True)
    for row, (measure, label) in zip(axes, measures.items(), strict=True):
        for axis, (direction, methods) in zip(row, results.items(), strict=True):
            for title, style in zip(titles, line_styles(len(titles), 0.85), strict=True):
                steps = sorted(methods[title][0])
                values = np.array(
                    [[seed[step][measure] for step in steps] for seed in methods[title]]
                )  # (seeds, steps)
                axis.plot(steps, values.mean(axis=0), markersize=3, linewidth=1.2, label=title, **style)
                ends = values.min(axis=0), values.max(axis=0)
                axis.fill_between(steps, *ends, color=style['color'], alpha=0.15, linewidth=0)
            label_panel(axis, direction)
        row[0].set_ylabel(label, fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel('training steps', fontsize=8)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=min(3, len(labels)), frameon=False, fontsize=8)
    return figure
