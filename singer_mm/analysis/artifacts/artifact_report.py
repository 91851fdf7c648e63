"""The artifacts of a teacher as a JSON file and as a table for the terminal."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from singer_mm.datasets.photographs import Photographs
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.atomic_path import write_text

from .layer_artifacts import LayerArtifacts
from .outliers import FLAT_SHARE, OUTLIER_RATIO, border_mask, flat_mask
from .recommendation import Recommendation, null_rank, recommend

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.97, 0.99, 1.0)

COLUMNS = (
    ('median\nnorm', 'median_norm', '.2f'),
    ('99 % /\nmedian', 'ratio_99_to_median', '.2f'),
    ('largest /\nmedian', 'largest_to_median', '.2f'),
    ('outliers', 'outlier_share', '.2%'),
    ('at the\nborder', 'outliers_on_border', '.0%'),
    ('on flat\npatches', 'outliers_on_flat_patches', '.0%'),
    ('in block\nbefore', 'outliers_kept_from_previous', '.0%'),
    ('null\nrank', 'null_rank', 'd'),
    ('outliers\ninside', 'outlier_energy_inside', '.0%'),
    ('ordinary\ninside', 'ordinary_energy_inside', '.0%'),
)
"""Header, key and format of each column of the table."""


@dataclass(frozen=True)
class ArtifactReport:
    """Measurements of all layers (``measured``) of the network that the user calls ``teacher``, and what they imply."""

    teacher: str
    network: TokenBackbone
    images: Photographs
    measured: Sequence[LayerArtifacts]

    @cached_property
    def recommendation(self) -> Recommendation:
        """Layers, rank and quantile."""
        return recommend(self.measured)

    @property
    def rank(self) -> int:
        """The rank for all shares: the recommended rank, or a sixteenth of the width, as in the paper."""
        return self.recommendation.rank or max(self.network.embed_dims // 16, 1)

    @property
    def warnings(self) -> list[str]:
        """The warnings of the recommendation, and one for random weights."""
        random = ['The weights are random: these numbers say nothing about a trained teacher.']
        return [*self.recommendation.warnings, *([] if self.network.weights_loaded else random)]

    @cached_property
    def border(self) -> NDArray[Any]:
        """Whether a patch lies in the outermost ring, ``(h, w)``."""
        grid = self.network.grid(self.images.batch)
        mask: NDArray[Any] = border_mask(grid).reshape(grid).numpy()
        return mask

    @cached_property
    def flat(self) -> NDArray[Any]:
        """Whether a patch has little contrast, ``(B, h, w)``."""
        grid = self.network.grid(self.images.batch)
        mask: NDArray[Any] = flat_mask(self.images.batch, self.network.patch_size).unflatten(1, grid).numpy()
        return mask

    def rows(self) -> list[dict[str, Any]]:
        """Return one row of numbers for each layer; an undefined number is None."""
        return [self._row(layer) for layer in self.measured]

    def _row(self, layer: LayerArtifacts) -> dict[str, Any]:
        earlier = self.measured[max(layer.layer - 1, 0)].outliers
        row = {
            'layer': layer.layer,
            'next_block': layer.next_block,
            'median_norm': float(np.median(layer.norms)),
            'ratio_99_to_median': layer.ratio,
            'largest_to_median': float(layer.relative_norms.max()),
            'outlier_share': layer.share,
            'outliers_on_border': layer.share_where(self.border),
            'outliers_on_flat_patches': layer.share_where(self.flat),
            'outliers_kept_from_previous': layer.share_where(earlier) if layer.layer else math.nan,
            'largest_singular_value': float(layer.singular_values[0]),
            'null_rank': null_rank(layer),
            'outlier_energy_inside': float(layer.inside()[self.rank - 1]),
            'ordinary_energy_inside': float(layer.ordinary_inside()[self.rank - 1]),
        }
        return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}

    def as_dict(self) -> dict[str, Any]:
        """Return all measurements in plain types."""
        layers = []
        for row, layer in zip(self.rows(), self.measured, strict=True):
            image, patch_row, column = np.nonzero(layer.outliers)
            inside = layer.inside()
            details = {
                'norm_quantiles': dict(zip(map(str, QUANTILES), np.quantile(layer.norms, QUANTILES), strict=True)),
                'singular_values': layer.singular_values.tolist(),
                'outlier_energy_inside_by_rank': None if np.isnan(inside[0]) else inside.tolist(),
                'ordinary_energy_inside_by_rank': layer.ordinary_inside().tolist(),
                'outliers': {
                    'image': image.tolist(),
                    'row': patch_row.tolist(),
                    'column': column.tolist(),
                    'times_median': layer.relative_norms[layer.outliers].tolist(),
                },
            }
            layers.append(row | details)
        return {
            'teacher': self.teacher,
            'network': self.network.describe(),
            'weights_loaded': self.network.weights_loaded,
            'images': self.images.names,
            'size': self.images.batch.shape[-1],
            'grid': list(self.border.shape),
            'outlier_rule': f'patch norm > {OUTLIER_RATIO:g} x median patch norm of its image',
            'border_share_of_patches': float(self.border.mean()),
            'flat_share_of_patches': float(self.flat.mean()),
            'rank_of_the_shares': self.rank,
            'random_energy_inside': self.rank / self.network.embed_dims,
            'recommendation': asdict(self.recommendation),
            'warnings': self.warnings,
            'layers': layers,
        }

    def save(self, path: Path) -> None:
        """Write :meth:`as_dict` to ``path``, rounded to six significant digits.

        Raises:
            CheckpointError: If the file cannot be written.
        """
        text = json.dumps(_rounded(self.as_dict()), indent=2, allow_nan=False)
        # Put a list of numbers on one line.
        text = re.sub(r'\[[^\[\]{}"]+\]', lambda match: ' '.join(match[0].split()), text)
        write_text(path, text + '\n')

    def table(self) -> Table:
        """Return a table with one line for each layer; recommended layers are bold and have a star."""
        title = (
            f'{self.teacher}: {len(self.images.names)} images of {self.images.batch.shape[-1]} px, '
            f'{self.border.shape[0]} x {self.border.shape[1]} patches'
        )
        caption = (
            f'outlier: patch norm > {OUTLIER_RATIO:g} x median of its image. By chance {self.border.mean():.1%} of '
            f'them would lie in the outermost ring, {self.flat.mean():.1%} on flat patches (the {FLAT_SHARE:.0%} of '
            f'an image with the least contrast). Inside: share of the energy in the nullspace of rank {self.rank} of '
            "the next block's linear map, for the last block of its own; a random subspace holds "
            f'{self.rank / self.network.embed_dims:.1%}. * recommended.'
        )
        table = Table(title=title, caption=caption, caption_justify='left', title_justify='left')
        table.add_column('block', justify='right')
        for header, _, _ in COLUMNS:
            table.add_column(header, justify='right')
        for row in self.rows():
            starred = row['layer'] in self.recommendation.layers
            cells = ('-' if row[key] is None else format(row[key], form) for _, key, form in COLUMNS)
            table.add_row(f'{"*" if starred else ""}{row["layer"]}', *cells, style='bold' if starred else None)
        return table


def _rounded(value: Any) -> Any:
    """Return ``value`` with its floats at six significant digits."""
    if isinstance(value, dict):
        return {key: _rounded(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(child) for child in value]
    return float(f'{value:.6g}') if isinstance(value, float) else value
