"""Several processes: how they were launched, their process group without a GPU, and means over all of them."""

import os
import sys

import torch
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor
from torch import distributed as dist

from singer_mm.errors import ConfigError

VARIABLES = {
    'pytorch': ('WORLD_SIZE', 'RANK', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT'),
    'slurm': ('SLURM_NTASKS', 'SLURM_PROCID', 'SLURM_NODELIST'),
    'mpi': ('OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'MASTER_ADDR'),
}
"""Launcher to its environment variables that MMEngine reads: number of processes, rank of this one, and others."""


def launched_processes(launcher: str) -> int:
    """Return the number of processes, from the existing process group or from the launcher's environment.

    Raises:
        ConfigError: If ``launcher`` did not start this process. Each process would train its own copy into the same
            work directory, or wait for others that do not exist.
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
    if launcher not in VARIABLES:
        raise ConfigError(f'launcher is {launcher!r}; allowed: none, {", ".join(VARIABLES)}.')
    missing = [name for name in VARIABLES[launcher] if name not in os.environ]
    if missing:
        raise ConfigError(
            f'--launcher {launcher} is for processes that it has started, but {missing[0]} is not set; start them with '
            'tools/dist_train.sh CONFIG GPUS (torchrun) or tools/slurm_train.sh, or leave --launcher out.'
        )
    return int(os.environ[VARIABLES[launcher][0]])


def launched_rank(launcher: str) -> int:
    """Return the rank that the launcher gave to this process, before there is a process group."""
    return int(os.environ.get(VARIABLES[launcher][1], '0')) if launcher in VARIABLES else 0


def init_gloo_without_gpu(launcher: str) -> None:
    """Join a process group over gloo if several processes were launched on a machine without a GPU.

    MMEngine 0.10 calls ``torch.cuda.set_device`` with every backend, but uses a process group that already exists.

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

    A process that ends first would close its connections to the others. A gloo process ends inside this function: at
    the interpreter's own exit, torch 2.11 sometimes aborts one of two gloo processes (SIGABRT, "terminate called
    without an active exception") after all its work is done.
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
    """Return the sum of ``value`` over all processes, without a gradient; ``value`` is not changed."""
    total = value.detach().clone()
    all_reduce(total)
    return total


def mean_over_processes(value: Tensor) -> Tensor:
    """Return the mean of ``value`` over all processes, without a gradient; ``value`` is not changed."""
    return sum_over_processes(value) / get_world_size()
