"""Several processes: how they were launched, how they meet without a GPU, and means over all of them."""

from __future__ import annotations

import os
import sys

import torch
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor
from torch import distributed as dist

from singer_mm.errors import ConfigError

NUMBER_OF_PROCESSES = {'pytorch': 'WORLD_SIZE', 'slurm': 'SLURM_NTASKS', 'mpi': 'OMPI_COMM_WORLD_SIZE'}
"""Launcher to the environment variable in which it says how many processes it has started."""

OTHERS_NEEDED = {
    'pytorch': ('RANK', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT'),
    'slurm': ('SLURM_PROCID', 'SLURM_NODELIST'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'MASTER_ADDR'),
}
"""Launcher to what else MMEngine reads of it."""


def launched_processes(launcher: str) -> int:
    """Return how many processes take part, by a process group that exists or by the launcher's environment.

    Raises:
        ConfigError: If the environment is not that of ``launcher``: each process would train a copy of its own into the
            same work directory, or wait for others that do not exist.
    """
    if dist.is_available() and dist.is_initialized():
        return int(dist.get_world_size())
    if launcher == 'none':
        size = os.environ.get('WORLD_SIZE', '1')
        if size != '1':
            raise ConfigError(
                f"WORLD_SIZE is {size}, but the launcher is 'none', so that each of these processes would do all the "
                'work; add --launcher pytorch (tools/dist_train.sh does), or unset WORLD_SIZE.'
            )
        return 1
    if launcher not in NUMBER_OF_PROCESSES:
        raise ConfigError(f'launcher is {launcher!r}; allowed: none, {", ".join(NUMBER_OF_PROCESSES)}.')
    missing = [name for name in (NUMBER_OF_PROCESSES[launcher], *OTHERS_NEEDED[launcher]) if name not in os.environ]
    if missing:
        raise ConfigError(
            f'--launcher {launcher} is for processes that it has started, but {missing[0]} is not set; start them with '
            'tools/dist_train.sh CONFIG GPUS (torchrun) or tools/slurm_train.sh, or leave --launcher out.'
        )
    return int(os.environ[NUMBER_OF_PROCESSES[launcher]])


def init_gloo_without_gpu(launcher: str) -> None:
    """Join the process group over gloo if several processes were launched on a machine without a GPU.

    MMEngine 0.10 calls ``torch.cuda.set_device`` whatever the backend, but leaves a process group alone that already
    exists. ``torchrun`` sets the environment that this reads.

    Raises:
        ConfigError: If a launcher other than torchrun started the processes.
    """
    if launcher == 'none' or torch.cuda.is_available() or dist.is_initialized():
        return
    if launcher != 'pytorch':
        raise ConfigError(f'--launcher {launcher} needs a GPU for each process; without one use --launcher pytorch.')
    dist.init_process_group('gloo')


def leave_process_group() -> None:
    """End this process together with the others of its group; the last call of a program.

    A process that ends first would take its connections from the others. Without a GPU the process ends right here:
    at the interpreter's own exit torch 2.11 now and then aborts one of two gloo processes (SIGABRT, "terminate called
    without an active exception"), after all its work is done.
    """
    if not dist.is_initialized():
        return
    dist.barrier()
    if dist.get_backend() != 'gloo':
        dist.destroy_process_group()
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def sum_over_processes(value: Tensor) -> Tensor:
    """Return the sum of a tensor of each process, without a gradient; ``value`` itself stays as it is."""
    total = value.detach().clone()
    all_reduce(total)
    return total


def mean_over_processes(value: Tensor) -> Tensor:
    """Return the mean of a tensor of each process, without a gradient; ``value`` itself stays as it is."""
    return sum_over_processes(value) / get_world_size()
