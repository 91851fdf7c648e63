"""Detected objects, drawn on the photographs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from .picture_grid import draw_picture_grid, outline

OPACITY = 0.45


@dataclass(frozen=True)
class DetectedBoxes:
    """What was found in one photograph.

    Attributes:
        boxes: ``(n, 4)``: x1, y1, x2, y2 in pixels of the photograph.
        texts: What is written at each box.
        masks: ``(n, H, W)`` bool; None where there are none.
    """

    boxes: NDArray[Any]
    texts: Sequence[str]
    masks: NDArray[Any] | None = None


def draw_box_overlay(photos: Sequence[NDArray[Any]], detections: Mapping[str, Sequence[DetectedBoxes]]) -> Figure:
    """Draw photographs and, beside them, the boxes and masks of each model.

    Args:
        photos: Images ``(H, W, 3)`` uint8, one for each row.
        detections: Model -> what it found in each photograph.
    """
    columns = {'photograph': list(photos)}
    for model, found in detections.items():
        columns[model] = [tint(photo, boxes.masks) for photo, boxes in zip(photos, found, strict=True)]
    figure = draw_picture_grid(columns)
    axes = np.array(figure.axes).reshape(len(photos), len(columns))
    for column, found in enumerate(detections.values(), start=1):
        for row, boxes in enumerate(found):
            for (left, top, right, bottom), text in zip(boxes.boxes.tolist(), boxes.texts, strict=True):
                outline(axes[row, column], (left, top), right - left, bottom - top, lines=(2.4, 1.0))
                height = photos[row].shape[0]
                place = max(left, 0) + 2, min(max(top, 0) + 2, 0.92 * height)
                label = axes[row, column].text(*place, text, color='white', fontsize=7, va='top', clip_on=True)
                label.set_path_effects([withStroke(linewidth=2, foreground='black')])
            if not boxes.texts:
                axes[row, column].set_xlabel('nothing found', fontsize=8)
    return figure


def tint(photo: NDArray[Any], masks: NDArray[Any] | None) -> NDArray[Any]:
    """Return the photograph ``(H, W, 3)`` with each mask ``(H, W)`` in a colour of its own, the first on top."""
    if masks is None or not len(masks):
        return photo
    tinted = photo.astype(np.float64)
    for index in reversed(range(len(masks))):
        colour = 255 * np.array(colormaps['tab10'](index % 10)[:3])
        tinted[masks[index]] = (1 - OPACITY) * photo[masks[index]] + OPACITY * colour
    return tinted.astype(np.uint8)
