"""Data loading workers ignore signals to the process group: the training decides what to do."""

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
    """Change ``loader`` so that its workers survive signals to the whole process group.

    Ctrl-C, Slurm and ``kill -- -PGID`` also send the signal to the workers. Without living workers, the training could
    not finish its iteration. The training ends its workers; if it is killed, torch ends them.
    """
    loader.worker_init_fn = partial(_start, loader.worker_init_fn)
    if loader.num_workers and isinstance(loader.multiprocessing_context or multiprocessing.get_context(), ForkContext):
        loader.multiprocessing_context = _ShieldedContext()


class _ShieldedProcess(ForkProcess):
    """A process that begins with SIGTERM blocked, because a SIGTERM before :func:`_start` would end it."""

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
    # Blocked, not ignored: a loader ends its workers by SIGTERM, and only a blocked signal tells its sender.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if init is not None:
        init(worker)


def _end_with_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)
