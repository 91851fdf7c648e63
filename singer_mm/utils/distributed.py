"""Process groups where MMEngine would insist on a GPU."""

from __future__ import annotations

import torch
from torch import distributed as dist


def init_gloo_without_gpu(launcher: str) -> None:
    """Join the process group over gloo if several processes were launched on a machine without a GPU.

    MMEngine 0.10 calls ``torch.cuda.set_device`` whatever the backend, but leaves a process group alone that already
    exists. ``torchrun`` sets the environment that this reads.
    """
    if launcher == 'pytorch' and not torch.cuda.is_available():
        dist.init_process_group('gloo')
