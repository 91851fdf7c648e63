"""What the refiners of a run do to the teacher's tokens (SiNGER, Tables 3, 5a and 5b)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.likeness import gram_distance, token_cosine
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.refiners import NullspaceAdapter

from .adapter_energy import AdapterEnergy, adapter_energy
from .statistics_of_images import StatisticsOfImages

PER_IMAGE = ('cosine', 'cosine_next', 'gram_refined', 'gram_student')
"""Patch cosine of teacher and refined at the layer and after the next block; Gram distance of the teacher to the
refined features and to the student."""


@torch.no_grad()
def refinement_of(distiller: FeatureDistiller, batches: Iterable[Tensor]) -> dict[int, dict[str, StatisticsOfImages]]:
    """Return statistics of :data:`PER_IMAGE` over images, by teacher layer; the last block has no ``cosine_next``.

    Args:
        distiller: With refiners, in eval mode.
        batches: ``(B, 3, H, W)``, as its data preprocessor yields them.

    Raises:
        ConfigError: If it has no refiner.
    """
    if not distiller.refiners:
        raise ConfigError('this run refines nothing; give the work directory of a run with a refiner.')
    values: dict[int, dict[str, list[Tensor]]] = {layer: {} for layer in distiller.teacher_layers}
    for inputs in batches:
        for layer, measured in _measure(distiller, inputs).items():
            for name, value in measured.items():
                values[layer].setdefault(name, []).append(value)
    return {
        layer: {name: StatisticsOfImages.of(torch.cat(parts)) for name, parts in measured.items()}
        for layer, measured in values.items()
    }


def _measure(distiller: FeatureDistiller, inputs: Tensor) -> dict[int, dict[str, Tensor]]:
    features = distiller.extract(inputs)
    grid = distiller.teacher.grid(inputs)
    teacher, refined, student = map(features.patches, (features.teacher, features.refined, features.student))
    result = {}
    for layer in distiller.teacher_layers:
        result[layer] = {
            'cosine': token_cosine(refined[layer], teacher[layer]),
            'gram_refined': gram_distance(refined[layer], teacher[layer]),
            'gram_student': gram_distance(student[layer], teacher[layer]),
        }
        if layer + 1 < distiller.teacher.num_layers:
            with distiller.teacher_precision():
                after, before = (
                    distiller.teacher.forward_block(layer + 1, tokens[layer], grid)[:, -features.num_patches :]
                    for tokens in (features.refined, features.teacher)
                )
            result[layer]['cosine_next'] = token_cosine(after, before)
    return result


def adapter_energies(distiller: FeatureDistiller) -> dict[int, dict[str, AdapterEnergy]]:
    """Return the energies of ``up`` and ``down`` of each adapter, and of the basis that it started from (``start``).

    The map is that of the block whose nullspace the adapter starts in: the next one, for the last listed layer its own.

    Raises:
        ConfigError: If a refiner is no :class:`NullspaceAdapter`.
    """
    result = {}
    for layer in distiller.teacher_layers:
        adapter = distiller.refiners[str(layer)] if distiller.refiners else None
        if not isinstance(adapter, NullspaceAdapter):
            raise ConfigError(f'the refiner of layer {layer} is a {type(adapter).__name__}; allowed: NullspaceAdapter.')
        linear_map = distiller.teacher.linear_map(distiller.next_block(layer))
        result[layer] = {
            'up': adapter_energy(adapter.up, linear_map),
            'down': adapter_energy(adapter.down.T, linear_map),
            'start': adapter_energy(adapter.initial_basis, linear_map),
        }
    return result
