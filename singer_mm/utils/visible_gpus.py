"""One of the GPUs that this process may see, for a process that it starts."""

from __future__ import annotations

import os

VARIABLE = 'CUDA_VISIBLE_DEVICES'


def gpu_mask(place: int) -> dict[str, str]:
    """Return the environment in which a new process sees one GPU only.

    A scheduler (Slurm, Kubernetes) gives this process its GPUs by a mask, which names them by number or by UUID: the
    place counts within that mask, or the new process would run on somebody else's GPU.

    Args:
        place: Place of the GPU among those that this process sees, from 0 on.
    """
    visible = os.environ.get(VARIABLE)
    return {VARIABLE: visible.split(',')[place].strip() if visible else str(place)}
