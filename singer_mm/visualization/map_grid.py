"""The layout of all map pictures: one row for each photograph, one column for each model, one colour scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

CELL_INCHES = 2.1


def draw_map_grid(
    photos: Sequence[NDArray[Any]],
    maps: Mapping[str, Sequence[NDArray[Any]]],
    *,
    title: str,
    scale_label: str,
    limits: tuple[float, float],
    notes: Mapping[str, Sequence[str]] | None = None,
    marks: Sequence[tuple[int, int]] | None = None,
) -> Figure:
    """Draw photographs beside their patch maps, all maps on one colour scale with one colour bar.

    Args:
        photos: Images ``(H, W, 3)`` uint8, one for each row.
        maps: Column header -> one map ``(h, w)`` for each photograph, patch positions covering the whole image.
        title: One line above the picture.
        scale_label: Quantity and unit beside the colour bar.
        limits: Smallest and largest value of the colour scale.
        notes: Column header -> one short text for each photograph, below its map.
        marks: Patch ``(row, column)`` of each photograph to be marked everywhere in its row.
    """
    columns = 1 + len(maps)
    figure = Figure(
        figsize=(CELL_INCHES * columns + 1.0, (CELL_INCHES + 0.1) * len(photos) + 0.8), layout='constrained'
    )
    axes = figure.subplots(len(photos), columns, squeeze=False)
    figure.suptitle(title, fontsize=11)
    for row, photo in enumerate(photos):
        axes[row, 0].imshow(photo)
        for column, (header, images) in enumerate(maps.items(), start=1):
            # viridis gets lighter with the value throughout, so a black and white print keeps the order
            drawn = axes[row, column].imshow(images[row], cmap='viridis', vmin=limits[0], vmax=limits[1])
            if notes and header in notes:
                axes[row, column].set_xlabel(notes[header][row], fontsize=8)
        if marks is not None:
            grid = next(iter(maps.values()))[row].shape
            mark_patch(axes[row, 0], marks[row], (photo.shape[0] / grid[0], photo.shape[1] / grid[1]))
            for column in range(1, columns):
                mark_patch(axes[row, column], marks[row], (1, 1))
    for axis, header in zip(axes[0], ('photograph', *maps), strict=True):
        axis.set_title(header, fontsize=10)
    for axis in axes.flat:
        axis.set_xticks([])
        axis.set_yticks([])
    figure.colorbar(drawn, ax=axes[:, 1:], label=scale_label, shrink=min(1.0, 1.6 / len(photos)), pad=0.02)
    return figure


def mark_patch(axis: Axes, patch: tuple[int, int], size: tuple[float, float]) -> None:
    """Outline one patch, white within black so that it shows on any ground.

    Args:
        axis: Axes that show an image or a map.
        patch: ``(row, column)`` of the patch.
        size: Height and width of a patch in pixels of the drawn array.
    """
    (row, column), (height, width) = patch, size
    # pixel centres lie on whole numbers, so the image's edge is at -0.5
    corner = (column * width - 0.5, row * height - 0.5)
    for line_width, colour in ((3.5, 'black'), (1.5, 'white')):
        axis.add_patch(Rectangle(corner, width, height, fill=False, linewidth=line_width, edgecolor=colour))
