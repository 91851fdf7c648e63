"""Gradient clipping for heads that are trained at the same time."""

from typing import Any

from mmengine.optim import OptimWrapper
from torch.nn.utils import clip_grad_norm_

from singer_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class GroupClipOptimWrapper(OptimWrapper):
    """Clip the gradient norm of each parameter group separately.

    Each head of a sweep has its own group. MMEngine's ``clip_grad`` takes one norm over all: a head with too large a
    learning rate would slow down the others, or stop them if its gradient overflows.

    Args:
        max_norm: Largest norm of a group's gradient.
        **kwargs: Those of MMEngine's ``OptimWrapper``.
    """

    def __init__(self, max_norm: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_norm = max_norm

    def step(self, **kwargs: Any) -> None:
        """Clip, then step."""
        for group in self.optimizer.param_groups:
            clip_grad_norm_(group['params'], self.max_norm)
        super().step(**kwargs)
