"""How the refiners of a run change the teacher's tokens (SiNGER, Tables 3, 5a and 5b)."""

from collections.abc import Iterable

import torch
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.likeness import gram_distance, token_cosine
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.refiners import NullspaceAdapter

from .adapter_energy import AdapterEnergy, adapter_energy
from .statistics_of_images import StatisticsOfImages


@torch.no_grad()
def refinement_of(distiller: FeatureDistiller, batches: Iterable[Tensor]) -> dict[int, dict[str, StatisticsOfImages]]:
    """Return statistics over images, by teacher layer.

    - ``cosine``: patch cosine of teacher and refined features at the layer;
    - ``cosine_next``: the same after the next block; the last block has none;
    - ``gram_refined``, ``gram_student``: Gram distance of the teacher to the refined features and to the student.

    ``batches`` are ``(B, 3, H, W)``, as the data preprocessor of the distiller (in eval mode) yields them.

    Raises:
        ConfigError: If the distiller has no refiner.
    """
    if not distiller.refiners:
        raise ConfigError('this run has no refiner; give the work directory of a run with a refiner.')
    measured = [_measure(distiller, inputs) for inputs in batches]
    return {
        layer: {name: StatisticsOfImages.of(torch.cat([batch[layer][name] for batch in measured])) for name in values}
        for layer, values in measured[0].items()
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
    """Return the energies of ``up`` and ``down`` of each adapter, and of its initial basis (``start``).

    The linear map is that of the block whose nullspace the adapter starts in: the next block; for the last listed layer
    the same block.

    Raises:
        ConfigError: If a refiner is not a :class:`NullspaceAdapter`.
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
