"""Pictures of all tasks together and of the backbones themselves."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from singer_mm.benchmark.results import BenchmarkResults, unique
from singer_mm.benchmark.table.benchmark_table import BenchmarkTable
from singer_mm.errors import DataError
from singer_mm.pages.picture import save_picture
from singer_mm.utils.array_file import read_arrays
from singer_mm.visualization.patch_maps import draw_pca_feature_maps, draw_relative_norm_maps
from singer_mm.visualization.radar_chart import draw_radar_chart

from .pictures import MODELS_DRAWN, Section, picture_label

RADAR_COLUMNS = ('IN-val', 'ADE20K', 'NYUd', 'iNat2019', 'DS', 'FG', 'COCO box')
FEWEST_AXES = 3


def draw_overview(table: BenchmarkTable, out: Path) -> Section:
    """Draw a radar chart of each protocol that has enough columns into ``out/pictures``."""
    section = Section('All tasks')
    ours = [row for row in table.rows if row.kind == 'ours']
    for protocol in unique(row.protocol for row in ours):
        rows = [row for row in ours if row.protocol == protocol]
        axes = [
            (index, column)
            for index, column in enumerate(table.columns)
            if column.name in RADAR_COLUMNS and any(row.cells[index].value is not None for row in rows)
        ]
        if len(axes) < FEWEST_AXES:
            continue
        # As an array of float, None is nan.
        values = {row.label: np.array([row.cells[index].value for index, _ in axes], float).tolist() for row in rows}
        figure = draw_radar_chart(
            values, [column.name for _, column in axes], [column.lower_is_better for _, column in axes], protocol
        )
        caption = (
            f'{protocol}. Each axis is scaled by itself: the outer ring is the best of these backbones on it, the '
            'centre is zero. NYUd, an error, is inverted: best / value.'
        )
        name = f'radar_{protocol}.png'
        section.pictures.append(save_picture(figure, out / 'pictures' / name, 'Strengths', caption))
    return section


def draw_features(results: BenchmarkResults, out: Path) -> Section:
    """Draw the patch norms, and principal components where they were kept, of the backbones' ``feature_maps.npz``.

    The file holds ``image`` ``(n, H, W, 3)`` uint8, ``norms`` ``(n, h, w)`` and, if kept, ``features``
    ``(n, h, w, C)``; it lies in the folder of one of the backbone's finished jobs. What an earlier run with other
    weights has left below that folder, or in that of a job that has failed, is not looked at.
    """
    section = Section('Feature maps')
    photos: list[NDArray[Any]] = []
    norms, features = {}, {}
    for backbone in results.backbones[:MODELS_DRAWN]:
        folders = [out / job.folder for job in results.select(backbone=backbone, error=None)]
        path = next((path for folder in folders if (path := folder / 'feature_maps.npz').is_file()), None)
        if path is None:
            continue
        try:
            arrays = read_arrays(path)
            if photos and len(arrays['image']) != len(photos):
                raise DataError(f'{path} shows other photographs than those of the other backbones; delete it.')
            photos = photos or list(arrays['image'])
            norms[picture_label(backbone)] = list(arrays['norms'].astype(np.float32))
        except KeyError as error:
            section.problems.append(f'{path} lacks the array {error}; delete it and run the benchmark again.')
            continue
        except DataError as error:
            section.problems.append(error.sentence)
            continue
        if 'features' in arrays:
            features[picture_label(backbone)] = arrays['features']
    if norms:
        figure = draw_relative_norm_maps(photos, norms)
        caption = (
            'Length of each patch token, divided by the median of its map so that backbones of different widths '
            'compare. Single patches far above the rest are the artifacts that SiNGER is after.'
        )
        section.pictures.append(
            save_picture(figure, out / 'pictures' / 'patch_norms.png', 'Patch norms', caption, photographic=True)
        )
    if features:
        figure = draw_pca_feature_maps(photos, features)
        caption = (
            'First three principal components of the patch tokens as red, green and blue. Within a column the same '
            'colour means alike features; between columns colours cannot be compared.'
        )
        section.pictures.append(
            save_picture(figure, out / 'pictures' / 'feature_pca.png', 'Components', caption, photographic=True)
        )
    return section
