"""Data-parallel training of a distiller, on GPUs (NCCL) and CPUs (gloo)."""

from typing import Any

import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from singer_mm.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class DistillerDDP(MMDistributedDataParallel):
    """DDP for student, projectors and refiners; the frozen teacher is no submodule.

    Every trainable parameter of a distiller gets a gradient in every step, so DDP need not search for unused ones.
    Gradients are views of the buckets, which saves a copy. While gradients accumulate, the processes exchange them only
    after the last micro-batch (``no_sync``, see :class:`MicroBatchUpdate`).

    Args:
        module: The distiller.
        device_ids: Ignored without a GPU: MMEngine always passes the local rank, which gloo on CPUs refuses.
        gradient_as_bucket_view: See ``DistributedDataParallel``.
        broadcast_buffers: See ``DistributedDataParallel``; buffers are the same in all processes.
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
