"""What a run logged, as arrays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer
from numpy.typing import NDArray

DIAGNOSTIC = re.compile(r'singer/layer(?P<layer>\d+)/(?P<name>\w+)')


@dataclass(frozen=True)
class RunHistory:
    """The curves of a run.

    Attributes:
        losses: Name to weighted loss at each iteration, ``(T,)``; the sum is called ``loss``.
        seconds: Duration of each iteration, data loading included, ``(T,)``.
        diagnostics: Teacher layer to statistic to ``(iterations, values)``; empty where none was logged.
    """

    losses: dict[str, NDArray[Any]]
    seconds: NDArray[Any]
    diagnostics: dict[int, dict[str, tuple[NDArray[Any], NDArray[Any]]]]


def read_history(log_scalars: Mapping[str, HistoryBuffer]) -> RunHistory:
    """Sort the scalars of MMEngine's message hub, as a checkpoint holds them."""
    values = {name: np.asarray(buffer.data[0], dtype=np.float64) for name, buffer in log_scalars.items()}
    losses = {name.removeprefix('train/'): array for name, array in values.items() if name.startswith('train/loss')}
    if len(losses) == 2:  # a sum of one term
        del losses['loss']
    diagnostics: dict[int, dict[str, tuple[NDArray[Any], NDArray[Any]]]] = defaultdict(dict)
    for name, array in values.items():
        if match := DIAGNOSTIC.fullmatch(name):
            diagnostics[int(match['layer'])][match['name']] = (values['singer/iter'], array)
    return RunHistory(losses, values['train/time'], dict(diagnostics))
