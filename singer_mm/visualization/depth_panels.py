"""Predicted depth beside the true one, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import CELL_INCHES, draw_map_grid


def draw_depth_panels(
    photos: Sequence[NDArray[Any]], truth: Sequence[NDArray[Any]], predictions: Mapping[str, Sequence[NDArray[Any]]]
) -> Figure:
    """Draw the depth that each model sees in the photographs; where the truth is unknown (0), it is left white.

    Args:
        photos: Images ``(H, W, 3)`` uint8, one for each row.
        truth: True depth ``(H, W)`` of each photograph in metres, 0 for unknown.
        predictions: Model -> depth ``(H, W)`` of each photograph in metres.
    """
    known = [np.ma.masked_less_equal(np.asarray(depth, dtype=np.float32), 0) for depth in truth]
    maps = {'truth': known, **{model: [np.asarray(d, dtype=np.float32) for d in m] for model, m in predictions.items()}}
    notes = {
        model: [f'RMSE {root_mean_square_error(*pair):.3f} m' for pair in zip(depths, truth, strict=True)]
        for model, depths in predictions.items()
    }
    figure = draw_map_grid(
        photos,
        maps,
        title='Depth',
        scale_label='metres',
        # the scale of the truth: a model that is far off saturates and is seen to do so
        limits=(0.0, max(float(depth.max()) if depth.count() else 1.0 for depth in known)),
        notes=notes,
    )
    # the grid is laid out for square pictures; depth maps are wide
    tallest = max(depth.shape[0] / depth.shape[1] for depth in truth)
    figure.set_figheight((CELL_INCHES * tallest + 0.4) * len(photos) + 0.8)
    return figure


def root_mean_square_error(prediction: NDArray[Any], truth: NDArray[Any]) -> float:
    """Return the error in metres over the pixels whose depth is known; no crop, unlike the benchmark's number."""
    known = truth > 0
    if not known.any():
        return float('nan')
    difference = prediction[known].astype(np.float64) - truth[known].astype(np.float64)
    return float(np.sqrt(np.mean(difference**2)))
