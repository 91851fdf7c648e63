"""What a model holds to be alike: cosine of every patch with one marked patch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import draw_map_grid


def draw_patch_cosine_maps(
    photos: Sequence[NDArray[Any]],
    cosines: Mapping[str, Sequence[NDArray[Any]]],
    marks: Sequence[tuple[int, int]],
    correlations: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw, for several models, how much every patch resembles the marked one, on one shared scale.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        cosines: Model -> for each photograph the map ``(h, w)`` of cosines with its marked patch.
        marks: ``(row, column)`` of the marked patch in each photograph.
        correlations: Model -> for each photograph the correlation of its whole cosine matrix with the teacher's.
    """
    smallest = min(float(image.min()) for images in cosines.values() for image in images)
    notes = {
        name: [f'correlation with teacher {value:.2f}' for value in values]
        for name, values in (correlations or {}).items()
    }
    return draw_map_grid(
        photos,
        cosines,
        title='Cosine of every patch with the marked patch',
        scale_label='cosine (1: same direction)',
        # a scale of -1 to 1 would spend half its colours on values that image features hardly take
        limits=(min(0.0, math.floor(smallest * 10) / 10), 1.0),
        notes=notes,
        marks=marks,
    )
