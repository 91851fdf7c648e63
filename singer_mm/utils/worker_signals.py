"""Data loading workers leave it to their training what to do about a signal."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkContext, ForkProcess
from typing import Any

from torch.utils.data import DataLoader


def shield_workers(loader: DataLoader) -> None:
    """Let the workers of ``loader`` outlive signals that reach the whole group of processes, in place.

    Ctrl-C, Slurm and ``kill -- -PGID`` send a signal to the workers, too. A worker that dies of it takes with it the
    iteration that the training wants to finish. Their training ends them; if it is killed, they notice (torch).
    """
    loader.worker_init_fn = partial(_start, loader.worker_init_fn)
    if loader.num_workers and isinstance(loader.multiprocessing_context or multiprocessing.get_context(), ForkContext):
        loader.multiprocessing_context = _ShieldedContext()


class _ShieldedProcess(ForkProcess):
    """A process that begins with SIGTERM blocked, since one that came before :func:`_start` would end it."""

    def start(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _ShieldedContext(ForkContext):
    Process = _ShieldedProcess


def _start(init: Callable[[int], Any] | None, worker: int) -> None:
    for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Blocked and not ignored: a loader that is shut down ends its workers by SIGTERM, which tells by its sender.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if init is not None:
        init(worker)


def _end_with_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)
