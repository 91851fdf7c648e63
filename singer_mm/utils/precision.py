"""Float32 or better for operations that need it in any surrounding precision."""

import torch
from torch import Tensor


def at_least_float32(tensor: Tensor) -> Tensor:
    """Return ``tensor`` in float32, or unchanged if it is float32 or float64.

    Norms, quantiles and squared errors in half precision lose the outliers.
    """
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
