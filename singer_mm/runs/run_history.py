"""The logged values of a run, as arrays."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer
from numpy.typing import NDArray

from singer_mm.errors import CheckpointError

DIAGNOSTIC = re.compile(r'singer/layer(?P<layer>\d+)/(?P<name>\w+)')


@dataclass(frozen=True)
class RunHistory:
    """The curves of a run.

    Attributes:
        losses: Name to weighted loss at each iteration, ``(T,)``; the sum is called ``loss``.
        seconds: Duration of each iteration, data loading included, ``(T,)``.
        diagnostics: Teacher layer to statistic to ``(iterations, values)``; empty if none was logged.
    """

    losses: dict[str, NDArray[Any]]
    seconds: NDArray[Any]
    diagnostics: dict[int, dict[str, tuple[NDArray[Any], NDArray[Any]]]]


def read_history(log_scalars: Mapping[str, HistoryBuffer]) -> RunHistory:
    """Sort the scalars of MMEngine's message hub in a checkpoint.

    Raises:
        CheckpointError: If no iteration was logged.
    """
    values = {name: np.asarray(buffer.data[0], dtype=np.float64) for name, buffer in log_scalars.items()}
    training = {name.removeprefix('train/'): array for name, array in values.items() if name.startswith('train/')}
    # mmseg and mmdet add a prefix for the part of the model: decode.loss_ce.
    losses = {name: array for name, array in training.items() if 'loss' in name}
    if len(losses) == 2:  # a sum of one term
        del losses['loss']
    diagnostics: dict[int, dict[str, tuple[NDArray[Any], NDArray[Any]]]] = defaultdict(dict)
    for name, array in values.items():
        if match := DIAGNOSTIC.fullmatch(name):
            diagnostics[int(match['layer'])][match['name']] = (values['singer/iter'], array)
    if not losses or 'time' not in training:
        raise CheckpointError('the checkpoint holds no logged iteration, so there is nothing to report.')
    return RunHistory(losses, training['time'], dict(diagnostics))
