"""Data-parallel training of a distiller, on GPUs (NCCL) and CPUs (gloo)."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from singer_mm.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class DistillerDDP(MMDistributedDataParallel):
    """DDP that holds student, projectors and refiners; the frozen teacher is no submodule and stays outside.

    Every trainable parameter of a distiller gets a gradient in every step, in the same order, so the graph is static
    and gradients may live in the buckets themselves, which saves a copy of them.

    Args:
        module: The distiller.
        device_ids: Dropped without a GPU: MMEngine always passes the local rank, which gloo on CPUs refuses.
        static_graph: See ``DistributedDataParallel``.
        gradient_as_bucket_view: See ``DistributedDataParallel``.
        broadcast_buffers: See ``DistributedDataParallel``; ours never change.
        **kwargs: Those of ``MMDistributedDataParallel``.
    """

    def __init__(
        self,
        module: nn.Module,
        device_ids: list[int] | None = None,
        static_graph: bool = True,
        gradient_as_bucket_view: bool = True,
        broadcast_buffers: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            module=module,
            device_ids=device_ids if torch.cuda.is_available() else None,
            static_graph=static_graph,
            gradient_as_bucket_view=gradient_as_bucket_view,
            broadcast_buffers=broadcast_buffers,
            **kwargs,
        )
