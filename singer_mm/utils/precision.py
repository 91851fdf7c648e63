"""Where precision matters whatever surrounds it."""

from __future__ import annotations

import torch
from torch import Tensor


def at_least_float32(tensor: Tensor) -> Tensor:
    """Return ``tensor`` in float32, or as it is where it is already float32 or float64.

    Norms, quantiles and squared errors of half-precision features lose the outliers they are meant to see.
    """
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
