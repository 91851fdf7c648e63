"""The choice of one GPU for a new process."""

import os

VARIABLE = 'CUDA_VISIBLE_DEVICES'


def gpu_mask(place: int) -> dict[str, str]:
    """Return the environment variable with which a new process sees only the GPU at ``place``, from 0.

    A scheduler (Slurm, Kubernetes) gives this process its GPUs as a list of numbers or UUIDs. The place counts in this
    list; otherwise the new process would use the GPU of another job.
    """
    visible = os.environ.get(VARIABLE)
    return {VARIABLE: visible.split(',')[place].strip() if visible else str(place)}
