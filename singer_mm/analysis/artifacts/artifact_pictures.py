"""The pictures of an :class:`ArtifactReport`."""

from pathlib import Path

import numpy as np

from singer_mm.datasets.photographs import spread
from singer_mm.visualization.norm_distribution import draw_norm_distribution
from singer_mm.visualization.nullspace_share import draw_nullspace_share
from singer_mm.visualization.outlier_positions import draw_outlier_positions
from singer_mm.visualization.patch_maps import draw_outlier_maps
from singer_mm.visualization.save_figure import save_figure
from singer_mm.visualization.spectra import draw_spectra

from .artifact_report import ArtifactReport
from .outliers import OUTLIER_RATIO
from .recommendation import MAX_GAIN, MIN_OUTLIER_SHARE

PHOTOGRAPHS = 4


def save_artifact_pictures(report: ArtifactReport, folder: Path) -> None:
    """Write five PNG files.

    Raises:
        CheckpointError: If a file cannot be written.
    """
    measured, recommended = report.measured, list(report.recommendation.layers)
    rows = report.rows()
    # Draw the recommended layers and the layer with most outliers.
    drawn = sorted({*recommended, max(measured, key=lambda layer: (layer.share, layer.ratio)).layer})
    names = {layer: f'block {layer}' + (' (recommended)' if layer in recommended else '') for layer in drawn}
    photos = spread(len(report.images.names), PHOTOGRAPHS)
    blocks = {layer.next_block: layer for layer in measured}
    figures = {
        'norms': draw_norm_distribution(
            [layer.norms for layer in measured], OUTLIER_RATIO, recommended, f'Patch norms of {report.teacher}'
        ),
        'outliers': draw_outlier_maps(
            [report.images.pixels[index] for index in photos],
            {name: [measured[layer].relative_norms[index] for index in photos] for layer, name in names.items()},
            {name: [measured[layer].outliers[index] for index in photos] for layer, name in names.items()},
            OUTLIER_RATIO,
        ),
        'positions': draw_outlier_positions(
            {name: measured[layer].outliers.mean(axis=0) for layer, name in names.items()},
            [layer.share for layer in measured],
            MIN_OUTLIER_SHARE,
            {
                'at the border': ([row['outliers_on_border'] for row in rows], float(report.border.mean())),
                'on flat patches': ([row['outliers_on_flat_patches'] for row in rows], float(report.flat.mean())),
                'in the block before, too': ([row['outliers_kept_from_previous'] for row in rows], None),
            },
        ),
        'spectra': draw_spectra(
            {block: layer.singular_values for block, layer in blocks.items()},
            {block: layer.gains() for block, layer in blocks.items()},
            MAX_GAIN,
            report.recommendation.rank,
            [measured[layer].next_block for layer in recommended],
        ),
        'nullspace': draw_nullspace_share(
            np.stack([layer.inside() for layer in measured]),
            np.stack([layer.ordinary_inside() for layer in measured]),
            report.rank,
            drawn,
        ),
    }
    for name, figure in figures.items():
        save_figure(figure, folder / f'{name}.png')
