"""Singular values of the linearised blocks: how much of a nullspace there is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .chart_style import MARKERS, line_styles


def draw_spectra(
    values: Mapping[int, NDArray[Any]],
    gains: Mapping[int, NDArray[Any]],
    max_gain: float,
    rank: int | None,
    marked: Sequence[int],
) -> Figure:
    """Draw the spectrum of each block's linear map, and how loudly it hears the nullspace of each rank.

    Args:
        values: Block -> singular values ``(C,)``, descending.
        gains: Block -> for each rank from 1 the RMS of the smallest singular values over that of all, ``(C,)``.
        max_gain: The gain up to which directions count as null: a dashed line.
        rank: The recommended rank, if any: a dotted line.
        marked: Blocks whose nullspace is recommended: with markers and bold, the others thin.
    """
    figure = Figure(figsize=(8.6, 3.7), layout='constrained')
    left, right = figure.subplots(1, 2)
    width = next(iter(values.values())).size
    indices = np.arange(1, width + 1)
    for (block, spectrum), shade in zip(sorted(values.items()), line_styles(len(values), 0.85), strict=True):
        style = {'color': shade['color'], 'linewidth': 0.7}
        if block in marked:
            marker = MARKERS[marked.index(block) % len(MARKERS)]
            style |= {'linewidth': 2.0, 'marker': marker, 'markevery': max(width // 8, 1), 'markersize': 5}
        left.plot(indices, spectrum / np.sqrt(np.mean(spectrum**2)), label=f'block {block}', **style)
        right.plot(indices, gains[block], **style)
    left.set_xlabel(f'index of the singular value, of {width}')
    left.set_ylabel('singular value / RMS of all')
    left.set_ylim(bottom=1e-3)
    right.axhline(max_gain, color='black', linestyle='--', linewidth=1)
    right.annotate('null up to here', (width, max_gain), fontsize=8, ha='right', va='bottom')
    if rank is not None:
        right.axvline(rank, color='black', linestyle=':', linewidth=1.3)
        right.annotate(f' rank {rank}', (rank, 1.1e-3), fontsize=8, va='bottom')
    right.set_xlabel('rank r of the nullspace')
    right.set_ylabel('gain: RMS of the r smallest / of all')
    right.set_ylim(1e-3, 1.5)
    for axis in (left, right):
        axis.set_yscale('log')
        axis.set_xlim(0, width + 1)
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.25)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=min(len(labels), 8), frameon=False, fontsize=7)
    figure.suptitle("Linear maps of the blocks' MLPs (fc2 · fc1)", fontsize=11)
    return figure
