"""Mixed precision on CPUs and GPUs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from singer_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Run forward passes under bfloat16 autocast; parameters, gradients and optimizer stay in float32.

    bfloat16 has float32's range, so losses need no scaling. MMEngine's ``AmpOptimWrapper`` (0.10) refuses to run
    without an accelerator; on GPUs without bfloat16 use that one, with float16 and its scaler.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Add autocast to MMEngine's context (gradient accumulation)."""
        device = next(model.parameters()).device
        with super().optim_context(model), torch.autocast(device.type, dtype=torch.bfloat16):
            yield
