"""The layout of pictures side by side: one row for each photograph, one column for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

CELL_INCHES = 2.3


def draw_picture_grid(
    columns: Mapping[str, Sequence[NDArray[Any]]], notes: Mapping[str, Sequence[str]] | None = None
) -> Figure:
    """Draw pictures in rows and columns; the axes of the figure are in row-major order.

    Args:
        columns: Column header -> one picture ``(H, W, 3)`` uint8 for each row.
        notes: Column header -> one short text for each row, below its picture.
    """
    rows = len(next(iter(columns.values())))
    shapes = [pictures[row].shape[:2] for pictures in columns.values() for row in range(rows)]
    tallest = max(height / width for height, width in shapes)
    cell_height = CELL_INCHES * min(tallest, 1.5) + (0.25 if notes else 0.08)
    figure = Figure(figsize=(CELL_INCHES * len(columns), cell_height * rows + 0.35), layout='constrained')
    axes = figure.subplots(rows, len(columns), squeeze=False)
    for column, (header, pictures) in enumerate(columns.items()):
        axes[0, column].set_title(header, fontsize=10)
        for row, picture in enumerate(pictures):
            axis = axes[row, column]
            axis.imshow(picture)
            axis.set_xticks([])
            axis.set_yticks([])
            if notes and header in notes:
                axis.set_xlabel(notes[header][row], fontsize=8)
    return figure
