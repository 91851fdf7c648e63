"""Processes of torchrun end with it."""

from __future__ import annotations

import os
import sys
import threading
import time

from .launcher import LAUNCHER as LAUNCHER_VARIABLE
from .launcher import under_torchrun
from .stop_request import CAUSES, LAUNCHER, STOP

PERIOD = 0.5
GRACE = 30.0
"""Seconds in which a training may finish its iteration and save it; torchrun grants as many after a SIGTERM."""


def end_with_torchrun() -> None:
    """Watch torchrun from now on, if it has started this process.

    torchrun ends its processes when it ends itself, but not when it is killed (SIGKILL, out of memory): they would
    train on, and write into a folder where the next run is at work. When it is gone, a training is asked to stop as by
    a signal, so that nothing is lost; what does not end within :data:`GRACE` seconds is ended, a process that waits for
    others included. ``PR_SET_PDEATHSIG`` of Linux would be no help there: the signal reaches Python only between two of
    its instructions, and SIGKILL saves nothing.
    """
    if under_torchrun():
        # torchrun may have died before this line: tools/lib/torchrun.py says who it was.
        launcher = int(os.environ.get(LAUNCHER_VARIABLE, os.getppid()))
        threading.Thread(target=_watch, args=(launcher,), name='parent watch', daemon=True).start()


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(PERIOD)
    STOP.ask(LAUNCHER)
    if STOP.is_heard:
        time.sleep(GRACE)
    print(f'process {os.getpid()} ends: its launcher (process {launcher}) is gone.', file=sys.stderr, flush=True)
    os._exit(CAUSES[LAUNCHER])
