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

    Every trainable parameter of a distiller gets a gradient in every step, so that DDP need not look for unused ones.
    Gradients live in the buckets themselves, which saves a copy of them. While gradients are accumulated, the processes
    exchange them with the last micro-batch only (``no_sync``, see :class:`MicroBatchUpdate`).

    Args:
        module: The distiller.
        device_ids: Dropped without a GPU: MMEngine always passes the local rank, which gloo on CPUs refuses.
        gradient_as_bucket_view: See ``DistributedDataParallel``.
        broadcast_buffers: See ``DistributedDataParallel``; ours are the same in all processes.
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
