"""Everything about the features of several networks on one sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .map_sheet import SheetPanel, draw_map_sheet
from .patch_maps import (
    AGREEMENT_LABEL,
    COSINE_LABEL,
    correlation_limits,
    for_each,
    mean_note,
    principal_colours,
    relative_norms,
    value_limits,
)


@dataclass(frozen=True)
class FeatureMaps:
    """Everything that a sheet shows of some views, by their labels in order; maps are ``(h, w)``, one per image.

    Attributes:
        norms: Norms of the patch tokens, each network on its own grid.
        cosines: Cosine of every patch with the marked one, on the teacher's grid.
        agreements: Correlation of each patch with the teacher, on its grid, of every network but the teacher.
        features: ``(B, h, w, C)``, each network on its own grid.
        grid: Rows and columns of the teacher's grid.
        mark: Row and column of the marked patch on it.
        resampled: Labels of the networks whose grid is not the teacher's.
    """

    norms: dict[str, list[NDArray[Any]]]
    cosines: dict[str, list[NDArray[Any]]]
    agreements: dict[str, list[NDArray[Any]]]
    features: dict[str, NDArray[Any]]
    grid: tuple[int, int]
    mark: tuple[int, int]
    resampled: list[str]


def draw_feature_sheet(photos: Sequence[NDArray[Any]], names: Sequence[str], maps: FeatureMaps) -> Figure:
    """Draw patch norms, cosines with a marked patch, agreement with the teacher and PCA colours (Figures 2 and 4).

    Args:
        photos: Images ``(H, W, 3)`` uint8.
        names: Their names.
        maps: What the networks make of them; the first network is the teacher. Without others there is nothing to
            agree, and that panel is left out.
    """

    def norm_note(image: NDArray[Any]) -> str:
        return f'median {np.median(image):.3g}, largest {image.max() / np.median(image):.2f}×'

    relative = relative_norms(maps.norms)
    limits, notes = value_limits(relative), for_each(maps.norms, norm_note)
    panels = [SheetPanel('Patch norms', relative, limits, 'patch norm / median of the map', notes)]
    limits = correlation_limits(maps.cosines)
    panels.append(SheetPanel('Cosine with the marked patch', maps.cosines, limits, COSINE_LABEL, mark=maps.mark))
    if maps.agreements:
        limits, notes = correlation_limits(maps.agreements), for_each(maps.agreements, mean_note)
        title = 'Agreement with the teacher, patch by patch'
        panels.append(SheetPanel(title, maps.agreements, limits, AGREEMENT_LABEL, notes))
    colours = {label: list(principal_colours(features)) for label, features in maps.features.items()}
    panels.append(SheetPanel('First three principal components as colours', colours))
    columns = list(maps.norms)
    return draw_map_sheet(
        photos, names, columns, panels, 'What each network makes of the same images', _footnote(columns, maps)
    )


def _footnote(columns: Sequence[str], maps: FeatureMaps) -> str:
    teacher, *others = (name.replace('\n', '') for name in columns)
    lines = ['Colours compare within a column, not between networks.']
    if others:
        lines.insert(0, f"Agreement: correlation of a patch's cosines to all other patches with those in {teacher}.")
    for label in maps.resampled:
        rows, width = maps.features[label].shape[1:3]
        name = label.replace('\n', '')
        lines.append(
            f'{name} sees {rows}x{width} patches; for cosines and agreement its tokens were resampled to the '
            f'{maps.grid[0]}x{maps.grid[1]} of {teacher}.'
        )
    return '\n'.join(lines)
