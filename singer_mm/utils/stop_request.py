"""Requests to stop the training of this process: by a signal, the time limit, or the end of its launcher."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from singer_mm.errors import RunInterrupted

from .launcher import LAUNCHER_PID, under_torchrun

TIME_LIMIT = 'the time limit'
LAUNCHER = 'the end of its launcher'

CAUSES = {'SIGTERM': 143, 'SIGINT': 130, 'SIGUSR1': 138, 'SIGHUP': 129, TIME_LIMIT: 75, LAUNCHER: 143}
"""Cause of a stop to the exit status of the stopped training: 128 plus the number of the signal, or 75
(``EX_TEMPFAIL``, "try again") at the time limit."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)

ONE_KEY = 1.0
"""Seconds within which two SIGINTs count as one: one Ctrl-C comes from the terminal and from torchrun."""

PERIOD = 0.5
"""Seconds between two looks at the launcher."""

GRACE = 30.0
"""Seconds in which a training may finish its iteration and save it, as many as torchrun waits after a SIGTERM."""


class StopRequest:
    """The requests to stop that this process has received.

    A signal only adds a request; the training checks them after each iteration. The second SIGINT ends the process at
    once. Signals that are ignored when the training begins (``nohup``) stay ignored.
    """

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._deadline: float | None = None
        self._interrupted_at: float | None = None
        self.is_heard = False

    def limit(self, seconds: float) -> None:
        """Ask for a stop after ``seconds``."""
        self._deadline = time.monotonic() + seconds

    def ask(self, cause: str) -> None:
        """Ask for a stop now, for one of :data:`CAUSES`."""
        self._asked.add(cause)

    def is_asked_by(self, cause: str) -> bool:
        """Return whether ``cause`` has asked for a stop."""
        if cause == TIME_LIMIT and self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return cause in self._asked

    def listen(self) -> None:
        """Take signals as requests from now on; the caller must fulfil them."""
        self.is_heard = True
        if threading.current_thread() is not threading.main_thread():
            return  # Python handles signals in the main thread only
        for number in SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, self._receive):
                signal.signal(number, self._receive)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Restore the signal handlers at the end, unless the process ends because of a request.

        A second SIGTERM then does not interrupt the last message.
        """
        before = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            yield
        except BaseException as error:
            if not isinstance(error, RunInterrupted):
                self._restore(before)
            raise
        self._restore(before)

    def forget(self) -> None:
        """Remove all requests."""
        self._asked.clear()
        self._deadline = self._interrupted_at = None

    def _restore(self, handlers: dict[signal.Signals, Any]) -> None:
        self.is_heard = False
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _receive(self, number: int, frame: Any) -> None:
        if number == signal.SIGINT:
            now = time.monotonic()
            first, self._interrupted_at = self._interrupted_at, now
            if first is not None and now - first > (ONE_KEY if under_torchrun() else 0):
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)
        self.ask(signal.Signals(number).name)


STOP = StopRequest()
"""The only instance of this process."""


def end_with_torchrun() -> None:
    """Start to watch torchrun, if it has started this process.

    A torchrun that is killed (SIGKILL, out of memory) does not end its processes: they would write into a folder in
    which the next run works. This asks the training to stop as a signal does, so that it saves its state, and ends the
    process after :data:`GRACE` seconds in any case. ``PR_SET_PDEATHSIG`` of Linux does not help a process that waits
    for others: Python handles a signal only between two of its instructions, and SIGKILL saves nothing.
    """
    if under_torchrun():
        # tools/lib/torchrun.py sets the variable; torchrun may have died before this line.
        launcher = int(os.environ.get(LAUNCHER_PID, os.getppid()))
        threading.Thread(target=_watch, args=(launcher,), name='parent watch', daemon=True).start()


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(PERIOD)
    STOP.ask(LAUNCHER)
    if STOP.is_heard:
        time.sleep(GRACE)
    print(f'process {os.getpid()} ends: its launcher (process {launcher}) is gone.', file=sys.stderr, flush=True)
    os._exit(CAUSES[LAUNCHER])
