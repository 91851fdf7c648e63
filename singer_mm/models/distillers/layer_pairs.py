"""Which student block learns which teacher block."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice

LAYER_MAPS = ('depth', 'released')


def pair_layers(layer_map: str, teacher_layers: Sequence[int], teacher_depth: int, student_depth: int) -> list[int]:
    """Return the student block (0-based) for each of the ascending ``teacher_layers`` (0-based).

    ``depth``: blocks of the nearest relative depth ``(l + 1) / depth``, no block twice. The last listed teacher layer
    is always paired with the student's last block, so that every student block is trained.
    ``released``: the assignment of the released code, between ``l / teacher_depth`` and
    ``linspace(0, 1, student_depth)``. For equal depths it ends one block before the student's last.

    Raises:
        ConfigError: If ``layer_map`` is unknown or there are more teacher layers than student blocks.
    """
    check_choice('layer_map', layer_map, LAYER_MAPS)
    if len(teacher_layers) > student_depth:
        raise ConfigError(
            f'teacher_layers lists {len(teacher_layers)} layers, but the student has only {student_depth} blocks.'
        )
    layers = np.asarray(teacher_layers)
    if layer_map == 'released':
        return _assign(layers / teacher_depth, np.linspace(0, 1, student_depth))
    student_depths = np.arange(1, student_depth) / student_depth  # all blocks but the last
    return [*_assign((layers[:-1] + 1) / teacher_depth, student_depths), student_depth - 1]


def _assign(teacher_positions: np.ndarray, student_positions: np.ndarray) -> list[int]:
    cost = np.abs(teacher_positions[:, None] - student_positions[None])
    # Crossed pairs can cost the same as ordered ones; sorting restores the depth order.
    return sorted(int(block) for block in linear_sum_assignment(cost)[1])
