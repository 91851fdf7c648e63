"""Where the outlier tokens lie: maps of the length of each patch token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import draw_map_grid


def draw_patch_norm_maps(
    photos: Sequence[NDArray[Any]], norms: Mapping[str, Sequence[NDArray[Any]]], space: str
) -> Figure:
    """Draw the patch norms of several models for the same photographs on one shared scale.

    All maps must be lengths in one space, or the shared scale compares nothing: draw a student through its projector.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        norms: Model (such as 'teacher', 'refined teacher', 'projected student') -> one map ``(h, w)`` per photograph.
        space: Whose space the norms are taken in, such as 'teacher block 11 (384 dimensions)'.
    """
    everything = np.concatenate([image.ravel() for images in norms.values() for image in images])
    notes = {
        name: [f'median {np.median(image):.3g}, largest {image.max() / np.median(image):.2f} times' for image in images]
        for name, images in norms.items()
    }
    return draw_map_grid(
        photos,
        norms,
        title=f'Patch norms in the space of {space}',
        scale_label='Euclidean norm of the patch token (feature units)',
        limits=(float(everything.min()), float(everything.max())),
        notes=notes,
    )
