"""Maps of patch tokens beside their photographs: norms, outliers, cosines, agreement, principal components."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .picture_grid import draw_map_grid, draw_picture_grid

AGREEMENT_LABEL = "correlation of a patch's cosines with the teacher's"
COSINE_LABEL = 'cosine (1: same direction)'

Maps = Mapping[str, Sequence[NDArray[Any]]]
"""Column header, such as a model -> one map ``(h, w)`` for each photograph."""
Photos = Sequence[NDArray[Any]]
"""Images ``(H, W, 3)`` uint8."""
Result = TypeVar('Result')


def draw_patch_norm_maps(photos: Photos, norms: Maps, space: str) -> Figure:
    """Draw the patch norms of several models for the same photographs on one shared scale.

    All maps must be lengths in one space, or the shared scale compares nothing: draw a student through its projector.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        norms: Model (such as 'teacher', 'refined teacher', 'projected student') -> one map ``(h, w)`` per photograph.
        space: Whose space the norms are taken in, such as 'teacher block 11 (384 dimensions)'.
    """

    def note(image: NDArray[Any]) -> str:
        return f'median {np.median(image):.3g}, largest {image.max() / np.median(image):.2f} times'

    return draw_map_grid(
        photos,
        norms,
        title=f'Patch norms in the space of {space}',
        scale_label='Euclidean norm of the patch token (feature units)',
        limits=value_limits(norms),
        notes=for_each(norms, note),
    )


def draw_relative_norm_maps(photos: Photos, norms: Maps) -> Figure:
    """Draw each map of patch norms divided by its own median, all on one scale.

    Unlike lengths themselves (see ``draw_patch_norm_maps``), multiples of the median compare across feature spaces.
    """
    relative = relative_norms(norms)
    return draw_map_grid(
        photos,
        relative,
        title='Patch norms as multiples of the median of each map',
        scale_label='patch norm / median patch norm',
        limits=value_limits(relative),
        notes=for_each(relative, lambda image: f'largest {image.max():.2f} times'),
    )


def draw_outlier_maps(photos: Photos, norms: Maps, outliers: Maps, outlier_ratio: float) -> Figure:
    """Draw the patch norms of several layers as multiples of their image's median, outliers crossed out.

    All maps share one scale. It reaches at least to the outlier limit, so that a teacher without outliers looks even,
    and at most to twice that limit, so that strong outliers do not hide all else.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        norms: Layer -> for each photograph ``(h, w)``, as multiples of the median.
        outliers: Layer -> for each photograph the mask ``(h, w)``.
        outlier_ratio: The outlier limit.
    """
    lowest, largest = value_limits(norms)
    is_cut = largest > 2 * outlier_ratio
    highest = 2 * outlier_ratio if is_cut else max(largest, outlier_ratio)
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
        limits=(lowest, highest),
        notes=notes,
    )
    columns = 1 + len(norms)
    for row in range(len(photos)):
        for column, masks in enumerate(outliers.values(), start=1):
            _cross_out(figure.axes[row * columns + column], masks[row])
    return figure


def draw_patch_cosine_maps(
    photos: Photos,
    cosines: Maps,
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
    return draw_map_grid(
        photos,
        cosines,
        title='Cosine of every patch with the marked patch',
        scale_label=COSINE_LABEL,
        limits=correlation_limits(cosines),
        notes=for_each(correlations or {}, lambda value: f'correlation with teacher {value:.2f}'),
        marks=marks,
    )


def draw_agreement_maps(photos: Photos, agreements: Maps) -> Figure:
    """Draw maps of agreement with the teacher (see ``patch_agreement``) on one scale.

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
        notes=for_each(agreements, mean_note),
    )


def draw_pca_feature_maps(photos: Photos, features: Mapping[str, NDArray[Any]]) -> Figure:
    """Draw the first three principal components of each model's patch features as red, green and blue.

    The components are those of all photographs together, so that a colour means the same in each row of a column.
    Between columns colours cannot be compared, only what has the same colour as what.

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        features: Model -> patch features ``(n, h, w, C)`` of these photographs.
    """
    colours = {model: list(principal_colours(maps)) for model, maps in features.items()}
    return draw_picture_grid({'photograph': photos, **colours})


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


def for_each(maps: Mapping[str, Sequence[Any]], function: Callable[[Any], Result]) -> dict[str, list[Result]]:
    """Return the results of a function for each map of each column."""
    return {name: [function(image) for image in images] for name, images in maps.items()}


def mean_note(image: NDArray[Any]) -> str:
    """Return the note below a map of correlations: their mean without nan."""
    return f'mean {np.nanmean(image):.2f}'


def relative_norms(norms: Maps) -> dict[str, list[NDArray[Any]]]:
    """Return each map divided by its median."""
    return for_each(norms, lambda image: image / np.median(image))


def value_limits(maps: Maps) -> tuple[float, float]:
    """Return the smallest and the largest value of all maps."""
    everything = np.concatenate([image.ravel() for images in maps.values() for image in images])
    return float(everything.min()), float(everything.max())


def correlation_limits(maps: Maps) -> tuple[float, float]:
    """Return a colour scale for correlations or cosines: from 0, or the smallest value rounded down to tenths, to 1.

    It clips nothing. A scale of -1 to 1 would spend half its colours on values that image features hardly take.
    """
    smallest = min(float(np.nanmin(image)) for images in maps.values() for image in images)
    return min(0.0, math.floor(smallest * 10) / 10), 1.0


def _cross_out(axis: Axes, mask: NDArray[Any]) -> None:
    """Put a cross on each patch of ``mask`` ``(h, w)``, white within black so that it shows on any ground."""
    rows, columns = np.nonzero(mask)
    for width, colour in ((2.6, 'black'), (1.0, 'white')):
        axis.scatter(columns, rows, marker='x', s=600 / mask.shape[0], linewidths=width, color=colour)
    axis.set_xlim(-0.5, mask.shape[1] - 0.5)
    axis.set_ylim(mask.shape[0] - 0.5, -0.5)
