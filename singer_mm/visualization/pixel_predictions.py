"""Predictions of every pixel beside the photographs: classes, and depth on one scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from .confusion_matrix import shorten
from .picture_grid import MAP_INCHES, draw_map_grid, draw_picture_grid

IGNORED = 255
OPACITY = 0.65
IN_LEGEND = 12  # classes with the largest area


def draw_segmentation_overlay(
    photos: Sequence[NDArray[Any]],
    labels: Sequence[NDArray[Any]],
    predictions: Mapping[str, Sequence[NDArray[Any]]],
    palette: NDArray[Any],
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw photographs, their labels and what each model makes of them, with a legend of the largest classes.

    Args:
        photos: Images ``(H, W, 3)`` uint8, one for each row.
        labels: True classes ``(H, W)`` of each photograph; 255 is drawn as the photograph alone.
        predictions: Model -> predicted classes ``(H, W)`` of each photograph.
        palette: RGB of each class, ``(K, 3)`` uint8.
        names: Name of each class; without them there is no legend.
    """
    columns = {
        'photograph': list(photos),
        'truth': [paint(*pair, palette) for pair in zip(photos, labels, strict=True)],
    }
    notes = {}
    for model, maps in predictions.items():
        columns[model] = [paint(photo, classes, palette) for photo, classes in zip(photos, maps, strict=True)]
        notes[model] = [f'{pixel_accuracy(*pair):.1f} % of pixels right' for pair in zip(maps, labels, strict=True)]
    figure = draw_picture_grid(columns, notes)
    if names is not None:
        everything = [classes for maps in (labels, *predictions.values()) for classes in maps]
        handles = [
            Patch(color=palette[index % len(palette)] / 255, label=shorten(str(names[index])))
            for index in largest_classes(everything)
            if index < len(names)
        ]
        if handles:
            figure.legend(handles=handles, loc='outside lower center', ncols=6, frameon=False, fontsize=8)
    return figure


def paint(photo: NDArray[Any], classes: NDArray[Any], palette: NDArray[Any]) -> NDArray[Any]:
    """Return the photograph ``(H, W, 3)`` with each pixel tinted in the colour of its class; 255 stays as it is."""
    colours = np.asarray(palette)[classes.astype(np.int64) % len(palette)]
    tinted = (1 - OPACITY) * photo + OPACITY * colours
    painted: NDArray[Any] = np.where((classes == IGNORED)[..., None], photo, tinted).astype(np.uint8)
    return painted


def pixel_accuracy(prediction: NDArray[Any], label: NDArray[Any]) -> float:
    """Return the percentage of labelled pixels that are right; nan where none has a label."""
    valid = label != IGNORED
    return 100 * float((prediction == label)[valid].mean()) if valid.any() else float('nan')


def largest_classes(maps: Sequence[NDArray[Any]]) -> list[int]:
    """Return the classes with the most pixels in all maps, the largest first."""
    area = np.sum([np.bincount(classes.ravel(), minlength=IGNORED + 1) for classes in maps], axis=0)
    area[IGNORED] = 0
    order = np.argsort(-area, kind='stable')[:IN_LEGEND]
    return [int(index) for index in order if area[index] > 0]


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
    figure.set_figheight((MAP_INCHES * tallest + 0.4) * len(photos) + 0.8)
    return figure


def root_mean_square_error(prediction: NDArray[Any], truth: NDArray[Any]) -> float:
    """Return the error in metres over the pixels whose depth is known; no crop, unlike the benchmark's number."""
    known = truth > 0
    if not known.any():
        return float('nan')
    difference = prediction[known].astype(np.float64) - truth[known].astype(np.float64)
    return float(np.sqrt(np.mean(difference**2)))
