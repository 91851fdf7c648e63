"""Data-parallel training of a distiller, on GPUs (NCCL) and CPUs (gloo)."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import Tensor, nn

from singer_mm.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class DistillerDDP(MMDistributedDataParallel):
    """DDP that holds student, projectors and refiners; the frozen teacher is no submodule and stays outside.

    Every trainable parameter of a distiller gets a gradient in every step, in the same order, so the graph is static,
    which lets DDP plan its communication once, unless gradients are accumulated: torch's static graph cannot skip
    the synchronisation of a step. Gradients live in the buckets themselves, which saves a copy of them.

    Args:
        module: The distiller.
        device_ids: Dropped without a GPU: MMEngine always passes the local rank, which gloo on CPUs refuses.
        gradient_as_bucket_view: See ``DistributedDataParallel``.
        broadcast_buffers: See ``DistributedDataParallel``; ours never change.
        **kwargs: Those of ``MMDistributedDataParallel``.
    """

    def __init__(
        self,
        module: nn.Module,
        device_ids: list[int] | None = None,
        gradient_as_bucket_view: bool = True,
        broadcast_buffers: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            module=module,
            device_ids=device_ids if torch.cuda.is_available() else None,
            gradient_as_bucket_view=gradient_as_bucket_view,
            broadcast_buffers=broadcast_buffers,
            **kwargs,
        )
        self._started = False

    def train_step(self, data: dict[str, Any], optim_wrapper: OptimWrapper) -> dict[str, Tensor]:
        """Take a step; the first one decides whether the graph is static."""
        # Neither has a public name: MMEngine keeps the count to itself, and torch's constructor calls the method.
        if not self._started and optim_wrapper._accumulative_counts == 1:
            self._set_static_graph()
        self._started = True
        log_vars: dict[str, Tensor] = super().train_step(data, optim_wrapper)
        return log_vars
