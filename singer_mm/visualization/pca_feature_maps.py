"""Patch features as colours: their first three principal components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .picture_grid import draw_picture_grid


def draw_pca_feature_maps(photos: Sequence[NDArray[Any]], features: Mapping[str, NDArray[Any]]) -> Figure:
    """Draw the first three principal components of each model's patch features as red, green and blue.

    The components are those of all photographs together, so that a colour means the same in each row of a column.
    Between columns colours cannot be compared, only what has the same colour as what.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        features: Model -> patch features ``(n, h, w, C)`` of these photographs.
    """
    columns = {'photograph': list(photos)}
    for model, maps in features.items():
        columns[model] = list(principal_colours(maps))
    return draw_picture_grid(columns)


def principal_colours(features: NDArray[Any]) -> NDArray[Any]:
    """Return ``(n, h, w, 3)`` uint8: three components, each stretched from its 2nd to its 98th percentile.

    Args:
        features: ``(n, h, w, C)`` with at least three channels.
    """
    flat = features.reshape(-1, features.shape[-1]).astype(np.float64)
    centred = flat - flat.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    components = centred @ directions[:, :-4:-1]
    # a direction has no sign of its own: the sparse side is made the bright one
    components *= np.where((components**3).mean(axis=0) < 0, -1, 1)
    low, high = np.percentile(components, [2, 98], axis=0)
    stretched = np.clip((components - low) / np.maximum(high - low, 1e-12), 0, 1)
    return (255 * stretched).round().astype(np.uint8).reshape(*features.shape[:-1], 3)
