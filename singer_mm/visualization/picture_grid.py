"""Pictures side by side: one row for each photograph, one column for each model."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

PICTURE_INCHES = 2.3
MAP_INCHES = 2.1


def draw_picture_grid(
    columns: Mapping[str, Sequence[NDArray[Any]]], notes: Mapping[str, Sequence[str]] | None = None
) -> Figure:
    """Draw pictures in rows and columns; the axes of the figure are in row-major order.

    Args:
        columns: Column header -> one picture ``(H, W, 3)`` uint8 for each row.
        notes: Column header -> one short text for each row, below its picture.
    """
    shapes = [picture.shape for pictures in columns.values() for picture in pictures]
    tallest = max(height / width for height, width, _ in shapes)
    row_height = PICTURE_INCHES * min(tallest, 1.5) + (0.25 if notes else 0.08)
    rows = len(shapes) // len(columns)
    figure = Figure(figsize=(PICTURE_INCHES * len(columns), row_height * rows + 0.35), layout='constrained')
    _fill(figure, columns, notes or {})
    return figure


def draw_map_grid(
    photos: Sequence[NDArray[Any]],
    maps: Mapping[str, Sequence[NDArray[Any]]],
    *,
    title: str,
    scale_label: str,
    limits: tuple[float, float],
    notes: Mapping[str, Sequence[str]] | None = None,
    marks: Sequence[tuple[int, int]] = (),
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
    size = (MAP_INCHES * (1 + len(maps)) + 1.0, (MAP_INCHES + 0.1) * len(photos) + 0.8)
    figure = Figure(figsize=size, layout='constrained')
    figure.suptitle(title, fontsize=11)
    axes = _fill(figure, {'photograph': photos, **maps}, notes or {}, limits)
    for row, patch in enumerate(marks):
        for axis in axes[row]:
            mark_patch(axis, patch, next(iter(maps.values()))[row].shape)
    scale = axes[-1, -1].images[0]
    figure.colorbar(scale, ax=axes[:, 1:], label=scale_label, shrink=min(1.0, 1.6 / len(photos)), pad=0.02)
    return figure


def _fill(
    figure: Figure,
    columns: Mapping[str, Sequence[NDArray[Any]]],
    notes: Mapping[str, Sequence[str]],
    limits: tuple[float | None, float | None] = (None, None),
) -> NDArray[Any]:
    """Draw pictures and their texts; return the axes, ``(rows, columns)``. Colours ``(H, W, 3)`` have no scale."""
    axes: NDArray[Any] = figure.subplots(len(next(iter(columns.values()))), len(columns), squeeze=False)
    for column, (header, pictures) in enumerate(columns.items()):
        axes[0, column].set_title(header, fontsize=10)
        for row, picture in enumerate(pictures):
            axis = axes[row, column]
            # viridis gets lighter with the value throughout, so a black and white print keeps the order
            axis.imshow(picture, cmap='viridis', vmin=limits[0], vmax=limits[1])
            axis.set(xticks=[], yticks=[])
            if header in notes:
                axis.set_xlabel(notes[header][row], fontsize=8)
    return axes


def mark_patch(axis: Axes, patch: tuple[int, int], grid: tuple[int, ...]) -> None:
    """Outline one patch in the image or map that the axes show.

    Args:
        axis: Axes with one image.
        patch: ``(row, column)`` of the patch.
        grid: Rows and columns of all patches.
    """
    rows, columns = axis.images[0].get_size()
    height, width = rows / grid[0], columns / grid[1]
    # pixel centres lie on whole numbers, so the image's edge is at -0.5
    outline(axis, (patch[1] * width - 0.5, patch[0] * height - 0.5), width, height)


def outline(
    axis: Axes, corner: tuple[float, float], width: float, height: float, lines: tuple[float, float] = (3.5, 1.5)
) -> None:
    """Draw a rectangle, white within black so that it shows on any ground; ``lines``: their widths, black first."""
    for line_width, colour in zip(lines, ('black', 'white'), strict=True):
        axis.add_patch(Rectangle(corner, width, height, fill=False, linewidth=line_width, edgecolor=colour))
