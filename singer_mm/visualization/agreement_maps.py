"""Where a model sees an image as the teacher does: agreement of patch cosines, patch by patch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import draw_map_grid

AGREEMENT_LABEL = "correlation of a patch's cosines with the teacher's"


def draw_agreement_maps(photos: Sequence[NDArray[Any]], agreements: Mapping[str, Sequence[NDArray[Any]]]) -> Figure:
    """Draw maps of agreement with the teacher (see ``singer_mm.analysis.feature_maps.patch_agreement``) on one scale.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        agreements: Model -> for each photograph a map ``(h, w)`` of correlations, 1 where the patch resembles the
            same other patches as in the teacher.
    """
    return draw_map_grid(
        photos,
        agreements,
        title='Agreement with the teacher: which patches resemble the same others',
        scale_label=AGREEMENT_LABEL,
        limits=correlation_limits(agreements),
        notes={name: [f'mean {np.nanmean(image):.2f}' for image in images] for name, images in agreements.items()},
    )


def correlation_limits(agreements: Mapping[str, Sequence[NDArray[Any]]]) -> tuple[float, float]:
    """Return a scale for maps of correlations or cosines that clips nothing and spends few colours on nothing."""
    smallest = min(float(np.nanmin(image)) for images in agreements.values() for image in images)
    return min(0.0, math.floor(smallest * 10) / 10), 1.0
