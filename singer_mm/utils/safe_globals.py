"""What a checkpoint of MMEngine may name beside tensors and plain containers."""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer


def _history_buffer_statistic(owner: type, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr`` inside MMEngine checkpoints.

    MMEngine pickles the four statistics methods of its ``HistoryBuffer`` as ``getattr(HistoryBuffer, name)``. The
    real ``getattr`` would open the door to any callable, so only those four are answered.
    """
    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
    method: Callable[..., Any] = getattr(HistoryBuffer, name)
    return method


# MMEngine 0.10: its message hub stores HistoryBuffers, which hold NumPy arrays and scalars.
SAFE_GLOBALS: list[Any] = [
    HistoryBuffer,
    (_history_buffer_statistic, 'builtins.getattr'),
    np.ndarray,
    np.dtype,
    type(np.dtype(np.float64)),
    type(np.dtype(np.float32)),
    type(np.dtype(np.int64)),
    np.empty(0).__reduce__()[0],  # numpy's `_reconstruct`, whose module moved between NumPy 1 and 2
    np.float64(0).__reduce__()[0],  # numpy's `scalar`, likewise
]
