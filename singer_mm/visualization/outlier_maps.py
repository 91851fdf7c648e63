"""Outlier patches on the photographs they lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_grid import draw_map_grid


def draw_outlier_maps(
    photos: Sequence[NDArray[Any]],
    norms: Mapping[str, Sequence[NDArray[Any]]],
    outliers: Mapping[str, Sequence[NDArray[Any]]],
    outlier_ratio: float,
) -> Figure:
    """Draw the patch norms of several layers as multiples of their image's median, outliers crossed out.

    All maps share one scale. It reaches at least to the outlier limit, so that a teacher without outliers looks even,
    and at most to twice that limit, so that strong outliers do not hide all else.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        norms: Layer -> for each photograph ``(h, w)``, as multiples of the median.
        outliers: Layer -> for each photograph the mask ``(h, w)``.
        outlier_ratio: The outlier limit.
    """
    everything = np.concatenate([image.ravel() for images in norms.values() for image in images])
    is_cut = everything.max() > 2 * outlier_ratio
    highest = 2 * outlier_ratio if is_cut else max(float(everything.max()), outlier_ratio)
    notes = {
        name: [
            f'{mask.sum()} outliers, largest {image.max():.2f}' for mask, image in zip(masks, norms[name], strict=True)
        ]
        for name, masks in outliers.items()
    }
    figure = draw_map_grid(
        photos,
        norms,
        title=f'Patch norms as multiples of the median of their image; crosses: outliers (above {outlier_ratio:g})',
        scale_label='patch norm / median patch norm of the image' + (f' (cut at {highest:g})' if is_cut else ''),
        limits=(float(everything.min()), highest),
        notes=notes,
    )
    columns = 1 + len(norms)
    for row in range(len(photos)):
        for column, masks in enumerate(outliers.values(), start=1):
            _cross_out(figure.axes[row * columns + column], masks[row])
    return figure


def _cross_out(axis: Axes, mask: NDArray[Any]) -> None:
    """Put a cross on each patch of ``mask`` ``(h, w)``, white within black so that it shows on any ground."""
    rows, columns = np.nonzero(mask)
    for width, colour in ((2.6, 'black'), (1.0, 'white')):
        axis.scatter(columns, rows, marker='x', s=600 / mask.shape[0], linewidths=width, color=colour)
    axis.set_xlim(-0.5, mask.shape[1] - 0.5)
    axis.set_ylim(mask.shape[0] - 0.5, -0.5)
