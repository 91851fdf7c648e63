"""All tasks at one glance: the radar chart of the paper's Figure 1b."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .chart_style import line_styles

LEGEND_WIDTH = 90  # letters that fit below the chart


def draw_radar_chart(
    values: Mapping[str, Sequence[float]], axes: Sequence[str], lower_is_better: Sequence[bool], title: str = ''
) -> Figure:
    """Draw one closed line for each model; the outer ring is the best model of each axis, the centre nothing.

    Models differ by lightness, line style and marker: all of it survives a black and white print. A number that is
    nan leaves a gap.

    Args:
        values: Model -> one number for each axis, not negative.
        axes: Names of the axes, at least three.
        lower_is_better: For each axis, whether small is good; such an axis is drawn as best / value.
        title: One line above the picture.
    """
    scores = relative_to_best(values, lower_is_better)
    angles = np.linspace(0, 2 * np.pi, len(axes), endpoint=False)
    figure = Figure(figsize=(7.2, 5.6), layout='constrained')
    axis = figure.add_subplot(projection='polar')
    axis.set_theta_zero_location('N')  # type: ignore[attr-defined]
    axis.set_theta_direction(-1)  # type: ignore[attr-defined]
    closed = np.arange(len(axes) + 1) % len(axes)  # the first axis again at the end
    for (name, score), style in zip(scores.items(), line_styles(len(scores), 0.8), strict=True):
        axis.plot(angles[closed], score[closed], markersize=5, linewidth=1.8, label=name, **style)
    best = best_values(values, lower_is_better)
    labels = [f'{name}\nbest {value:.4g}' for name, value in zip(axes, best, strict=True)]
    axis.set_xticks(angles, labels, fontsize=9)
    axis.tick_params(axis='x', pad=18)
    axis.spines['polar'].set_visible(False)
    axis.set_ylim(0, 1.02)
    axis.set_yticks([0.25, 0.5, 0.75, 1.0], ['25 %', '50 %', '75 %', ''], fontsize=7, color='0.4')
    axis.set_rlabel_position(180 / len(axes))  # type: ignore[attr-defined]
    axis.grid(alpha=0.4)
    if title:
        figure.suptitle(title, fontsize=11)
    columns = max(1, LEGEND_WIDTH // (max(map(len, scores)) + 8))  # 8: the sample of the line
    figure.legend(
        loc='outside lower center', ncols=min(columns, len(scores)), frameon=False, handlelength=3.5, fontsize=9
    )
    return figure


def relative_to_best(values: Mapping[str, Sequence[float]], lower_is_better: Sequence[bool]) -> dict[str, NDArray[Any]]:
    """Return each number as a share of the best of its axis, 0 to 1; an axis of zeros stays zero.

    Args:
        values: Model -> one number for each axis, not negative; nan for none.
        lower_is_better: For each axis, whether small is good: its share is best / value.
    """
    best = best_values(values, lower_is_better)
    small_is_good = np.asarray(lower_is_better)
    shares = {}
    for name, numbers in values.items():
        array = np.asarray(numbers, dtype=np.float64)
        numerator, denominator = np.where(small_is_good, best, array), np.where(small_is_good, array, best)
        perfect = np.where(small_is_good, 1.0, 0.0)  # an error of zero is the best, an accuracy of zero is nothing
        shares[name] = np.divide(numerator, denominator, out=perfect, where=denominator != 0)
    return shares


def best_values(values: Mapping[str, Sequence[float]], lower_is_better: Sequence[bool]) -> NDArray[Any]:
    """Return the best number of each axis, nan where no model has one."""
    table = np.array(list(values.values()), dtype=np.float64)
    return np.where(lower_is_better, np.fmin.reduce(table), np.fmax.reduce(table))  # both ignore nan
