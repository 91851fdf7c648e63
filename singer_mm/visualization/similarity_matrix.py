"""Which layers of two networks are alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from .picture_grid import outline

PANEL_INCHES = 2.9
MAX_COLUMNS = 4


@dataclass(frozen=True)
class SimilarityMatrix:
    """One panel of the picture.

    Attributes:
        student: Name of the network along the horizontal axis.
        teacher: Name of that along the vertical one.
        values: Similarity ``(teacher layers, student layers)``, 1: alike.
        pairs: ``(teacher layer, student layer)`` to mark.
    """

    student: str
    teacher: str
    values: NDArray[Any]
    pairs: Sequence[tuple[int, int]]


def draw_similarity_matrices(matrices: Sequence[SimilarityMatrix], measure: str) -> Figure:
    """Draw layer by layer similarities, one panel for each student, all on the scale 0 to 1.

    Outlined cells with a number are the marked pairs. Layers are 0-based, the first one at the bottom left; what lies
    below 0 is drawn as 0.

    Args:
        matrices: One for each panel.
        measure: Name of the similarity, beside the colour bar.
    """
    columns = min(len(matrices), MAX_COLUMNS)
    rows = -(-len(matrices) // columns)
    figure = Figure(figsize=(PANEL_INCHES * columns + 1.0, (PANEL_INCHES + 0.3) * rows), layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis, matrix in zip(axes.flat, matrices, strict=False):
        # viridis gets lighter with the value throughout, so a black and white print keeps the order
        drawn = axis.imshow(matrix.values, cmap='viridis', vmin=0, vmax=1, origin='lower')
        axis.set_title(matrix.student, fontsize=10)
        axis.set_xlabel('student block (0-based)', fontsize=8)
        axis.set_ylabel(f'block of {matrix.teacher} (0-based)', fontsize=8)
        axis.tick_params(labelsize=8)
        axis.locator_params(integer=True)
        for pair in matrix.pairs:
            mark_pair(axis, pair, matrix.values)
    for axis in axes.flat[len(matrices) :]:
        axis.remove()
    figure.colorbar(drawn, ax=figure.axes, label=measure, shrink=0.8, pad=0.02)
    return figure


def mark_pair(axis: Axes, pair: tuple[int, int], values: NDArray[Any]) -> None:
    """Outline the cell of a pair and write its value, both so that they show on any ground."""
    row, column = pair
    outline(axis, (column - 0.5, row - 0.5), 1, 1, lines=(3.0, 1.2))
    # beside the cell, towards the middle of the panel: numbers are wider than cells
    offset, alignment = (-0.7, 'right') if column > values.shape[1] / 2 else (0.7, 'left')
    text = axis.annotate(f'{values[pair]:.2f}', (column + offset, row), ha=alignment, va='center', fontsize=8)
    text.set(color='white', path_effects=[withStroke(linewidth=2, foreground='black')])
