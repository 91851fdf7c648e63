"""Outlier tokens of networks of different widths: patch norms as multiples of the median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import draw_map_grid


def draw_relative_norm_maps(photos: Sequence[NDArray[Any]], norms: Mapping[str, Sequence[NDArray[Any]]]) -> Figure:
    """Draw each map of patch norms divided by its own median, all on one scale.

    Unlike lengths themselves (see ``draw_patch_norm_maps``), multiples of the median compare across feature spaces.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        norms: Model -> one map ``(h, w)`` of patch norms for each photograph.
    """
    relative = {name: [image / np.median(image) for image in images] for name, images in norms.items()}
    notes = {name: [f'largest {image.max():.2f} times' for image in images] for name, images in relative.items()}
    everything = np.concatenate([image.ravel() for images in relative.values() for image in images])
    return draw_map_grid(
        photos,
        relative,
        title='Patch norms as multiples of the median of each map',
        scale_label='patch norm / median patch norm',
        limits=(float(everything.min()), float(everything.max())),
        notes=notes,
    )
