"""From measurements of a teacher to layers, rank and quantile for SiNGER.

Every rule is stated here and in docs/choose_layers_and_rank.md, and each depends on what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .layer_artifacts import LayerArtifacts
from .outliers import OUTLIER_RATIO

MIN_OUTLIER_SHARE = 1e-3
"""A layer has artifacts if more of its patches are outliers than one in a thousand.

DINOv2-S, which has none, reaches one in ten thousand; DINOv2-g has 2.4 % (Darcet et al., section 2.1).
"""

PAPER_DEPTH = 18 / 24
"""Where the paper's first layer ends: block 17 of 24, counted from 0. Its second one is the last."""

MAX_GAIN = 0.1
"""Of a change inside the nullspace the next block's map may return a tenth of what it returns of a random one."""

ENOUGH_INSIDE = 0.9
"""A rank suffices if it holds so much of the outlier energy that the whole nullspace holds."""

COVERED_IMAGES = 0.9
"""The quantile leaves all outliers above it in so many of the images."""


@dataclass(frozen=True)
class Recommendation:
    """What to write into a config, and why.

    Attributes:
        layers: Teacher layers to distil.
        rank: Rank of the refiner; None where no direction is null.
        quantile: Quantile of the outlier loss; None where there is nothing to suppress.
        reasons: One sentence for each of them.
        warnings: What speaks against refining this teacher; empty where nothing does.
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
    """Whether outliers are more than chance, see :data:`MIN_OUTLIER_SHARE`."""
    return layer.share > MIN_OUTLIER_SHARE


def null_rank(layer: LayerArtifacts) -> int:
    """Return the largest rank whose gain (see ``LayerArtifacts.gains``) stays within :data:`MAX_GAIN`; may be 0."""
    return int((layer.gains() <= MAX_GAIN).sum())  # gains never fall with the rank


def recommend(measured: Sequence[LayerArtifacts]) -> Recommendation:
    """Return layers, rank and quantile for a teacher of which all layers were measured.

    - Layers: the last, and the layer at the paper's relative depth (the end of block 17 of 24); if that has no
      artifacts, the nearest one that has, in the deeper half and before the last (the deeper of two).
    - Rank: the largest whose directions are null (:data:`MAX_GAIN`) for each of these layers; if fewer hold
      :data:`ENOUGH_INSIDE` of the outlier energy that all of them hold, in each layer with artifacts, so many.
    - Quantile: 1 minus the outlier share that :data:`COVERED_IMAGES` of the images do not exceed, the larger one of the
      layers with artifacts, to three digits; at least one patch of an image stays above it.
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
        return None, f'Rank: none; blocks {where} hear every direction at more than {MAX_GAIN:g} of the average.'
    null = f'up to {bound}, blocks {where} return at most {MAX_GAIN:g} of what they return of a random direction'
    if not affected:
        return bound, f'Rank {bound}: {null}; there are no outliers that a smaller one could be measured by.'
    needed = max(_needed_rank(layer, bound) for layer in affected)
    held = ', '.join(f'{layer.inside()[needed - 1]:.0%} at layer {layer.layer}' for layer in affected)
    return needed, f'Rank {needed}: {null}; {needed} hold {ENOUGH_INSIDE:.0%} of the outlier energy in there ({held}).'


def _needed_rank(layer: LayerArtifacts, bound: int) -> int:
    inside = layer.inside()[:bound]
    return int(np.argmax(inside >= ENOUGH_INSIDE * inside[-1])) + 1


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
            f'Nothing to suppress in the layers to distil: artifacts are in block {worst.layer} '
            f'({worst.share:.2%} of the patches), and gone by the end.'
        ]
    warnings = []
    for layer in affected:
        if rank is not None and layer.inside()[rank - 1] < rank / layer.singular_values.size:
            warnings.append(
                f'Layer {layer.layer}: its nullspace holds {layer.inside()[rank - 1]:.1%} of the outlier energy, less '
                f'than a random subspace of rank {rank} ({rank / layer.singular_values.size:.1%}): a refiner can '
                'hardly remove these artifacts without the next block noticing.'
            )
    return warnings
