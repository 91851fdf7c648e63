"""Layers, rank and quantile for SiNGER, from measurements of a teacher.

docs/choose_layers_and_rank.md explains the rules.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .layer_artifacts import LayerArtifacts
from .outliers import OUTLIER_RATIO

MIN_OUTLIER_SHARE = 1e-3
"""A layer has artifacts if more than one in a thousand of its patches are outliers.

DINOv2-S has no artifacts and reaches one in ten thousand; DINOv2-g has 2.4 % (Darcet et al., section 2.1).
"""

PAPER_DEPTH = 18 / 24
"""Relative depth of the paper's first layer, block 17 of 24 (0-based). Its second layer is the last one."""

MAX_GAIN = 0.1
"""Largest response of the next block's map to a change inside the nullspace, relative to a random change."""

ENOUGH_INSIDE = 0.9
"""Smallest share of the outlier energy in the whole nullspace that the chosen rank must hold."""

COVERED_IMAGES = 0.9
"""Share of the images in which all outliers must lie above the quantile."""


@dataclass(frozen=True)
class Recommendation:
    """Values for a config, with reasons.

    Attributes:
        layers: Teacher layers to distil.
        rank: Rank of the refiner; None if no direction is null.
        quantile: Quantile of the outlier loss; None if there is nothing to suppress.
        reasons: One sentence for each value.
        warnings: Reasons against refining this teacher; may be empty.
    """

    layers: tuple[int, ...]
    rank: int | None
    quantile: float | None
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def config(self) -> str:
        """The lines of a config."""
        lines = [f'    teacher_layers={list(self.layers)},']
        if self.rank is not None:
            lines.append(f"    refiner=dict(type='NullspaceAdapter', rank={self.rank}),")
        loss = 'None' if self.quantile is None else f"dict(type='OutlierLoss', quantile={self.quantile:g})"
        lines.append(f'    loss_outlier={loss},')
        return '\n'.join(['model = dict(', *lines, ')'])


def has_artifacts(layer: LayerArtifacts) -> bool:
    """Return whether a layer has more outliers than :data:`MIN_OUTLIER_SHARE`."""
    return layer.share > MIN_OUTLIER_SHARE


def null_rank(layer: LayerArtifacts) -> int:
    """Return the largest rank with a gain (``LayerArtifacts.gains``) up to :data:`MAX_GAIN`; may be 0."""
    return int((layer.gains() <= MAX_GAIN).sum())  # gains never decrease with the rank


def recommend(measured: Sequence[LayerArtifacts]) -> Recommendation:
    """Return layers, rank and quantile for a teacher whose layers were all measured.

    - Layers: the last layer, and the layer at the paper's relative depth (the end of block 17 of 24). If the latter has
      no artifacts, the nearest layer with artifacts in the deeper half, before the last; of two, the deeper one.
    - Rank: the largest rank whose directions are null (:data:`MAX_GAIN`) for each of these layers. If a smaller rank
      holds :data:`ENOUGH_INSIDE` of the outlier energy of the largest, in each layer with artifacts, the smaller one.
    - Quantile: 1 minus the outlier share that :data:`COVERED_IMAGES` of the images do not exceed; the larger share of
      the layers with artifacts, to three digits; at least one patch of an image stays above the quantile.
    """
    layers, reasons = _layers(measured)
    chosen = [measured[layer] for layer in layers]
    affected = [layer for layer in chosen if has_artifacts(layer)]
    rank, reason = _rank(chosen, affected)
    reasons.append(reason)
    quantile = None
    if affected:
        quantile, reason = _quantile(affected)
        reasons.append(reason)
    return Recommendation(tuple(layers), rank, quantile, tuple(reasons), tuple(_warnings(measured, affected, rank)))


def _layers(measured: Sequence[LayerArtifacts]) -> tuple[list[int], list[str]]:
    last = len(measured) - 1
    if last == 0:
        return [0], ['Layer 0: there is no other.']
    wanted = min(max(round(PAPER_DEPTH * len(measured)) - 1, 0), last - 1)
    depth = f"the paper's relative depth ({PAPER_DEPTH:g})"
    affected = [layer for layer in range(len(measured) // 2, last) if has_artifacts(measured[layer])]
    if not affected:
        why = f'{depth}, as no layer of the deeper half before the last has artifacts'
        return [wanted, last], [f'Layers {wanted} and {last}: {wanted} is {why}; {last} is the last.']
    nearest = min(affected, key=lambda layer: (abs(layer - wanted), -layer))
    why = (
        f'{depth} and has artifacts' if nearest == wanted else f'the layer with artifacts nearest to {wanted}, {depth}'
    )
    return [nearest, last], [f'Layers {nearest} and {last}: {nearest} is {why}; {last} is the last.']


def _rank(chosen: Sequence[LayerArtifacts], affected: Sequence[LayerArtifacts]) -> tuple[int | None, str]:
    bound = min(null_rank(layer) for layer in chosen)
    where = ' and '.join(str(layer.next_block) for layer in chosen)
    if bound == 0:
        return None, f'Rank: none; in blocks {where}, every direction has a gain above {MAX_GAIN:g} of the average.'
    null = f'up to {bound}, blocks {where} return at most {MAX_GAIN:g} of what they return of a random direction'
    if not affected:
        return bound, f'Rank {bound}: {null}; there are no outliers that a smaller one could be measured by.'
    inside = [layer.inside()[:bound] for layer in affected]
    needed = max(int(np.argmax(shares >= ENOUGH_INSIDE * shares[-1])) + 1 for shares in inside)
    held = ', '.join(f'{layer.inside()[needed - 1]:.0%} at layer {layer.layer}' for layer in affected)
    return needed, f'Rank {needed}: {null}; {needed} hold {ENOUGH_INSIDE:.0%} of the outlier energy in there ({held}).'


def _quantile(affected: Sequence[LayerArtifacts]) -> tuple[float, str]:
    shares = {layer.layer: np.quantile(layer.outliers.mean(axis=(1, 2)), COVERED_IMAGES) for layer in affected}
    layer = max(shares, key=lambda key: float(shares[key]))
    patches = affected[0].norms[0].size
    share = max(float(shares[layer]), 1 / patches)
    quantile = math.floor(1000 * (1 - share)) / 1000
    return quantile, (
        f'Quantile {quantile:g}: in {COVERED_IMAGES:.0%} of the images at most {share:.2%} of the patches of layer '
        f'{layer} are outliers.'
    )


def _warnings(measured: Sequence[LayerArtifacts], affected: Sequence[LayerArtifacts], rank: int | None) -> list[str]:
    worst = max(measured, key=lambda layer: layer.share)
    if not has_artifacts(worst):
        return [
            f'Nothing to suppress: at most {worst.share:.2%} of the patches (block {worst.layer}) exceed '
            f'{OUTLIER_RATIO:g} times the median norm of their image, and {MIN_OUTLIER_SHARE:.1%} is the limit. '
            'An outlier loss would pull down ordinary tokens; distil without one, or compare with FitNet first.'
        ]
    if not affected:
        return [
            f'Nothing to suppress in the layers to distil: block {worst.layer} has artifacts '
            f'({worst.share:.2%} of the patches), but the layers to distil have none.'
        ]
    warnings = []
    for layer in affected:
        if rank is not None and layer.inside()[rank - 1] < rank / layer.singular_values.size:
            warnings.append(
                f'Layer {layer.layer}: its nullspace holds {layer.inside()[rank - 1]:.1%} of the outlier energy, less '
                f'than a random subspace of rank {rank} ({rank / layer.singular_values.size:.1%}): a refiner can '
                'hardly remove these artifacts without a change in the output of the next block.'
            )
    return warnings
