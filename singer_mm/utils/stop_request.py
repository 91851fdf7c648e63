"""Whether somebody has asked this process to stop its training: by a signal, by the clock, or by dying."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from singer_mm.errors import RunInterrupted

from .launcher import under_torchrun

TIME_LIMIT = 'the time limit'
LAUNCHER = 'the end of its launcher'

CAUSES = {'SIGTERM': 143, 'SIGINT': 130, 'SIGUSR1': 138, 'SIGHUP': 129, TIME_LIMIT: 75, LAUNCHER: 143}
"""What may ask for a stop, and the exit status of a training that was stopped by it: 128 and the number of the signal,
75 (``EX_TEMPFAIL``, "try again") at the time limit."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)

ONE_KEY = 1.0
"""Seconds within which two SIGINTs are one: Ctrl-C reaches a process from the terminal and from torchrun."""


class StopRequest:
    """The wishes to stop that have reached this process.

    A signal alone changes nothing: the training looks here after each iteration. Only the second SIGINT ends the
    process at once. Signals that are ignored when the training begins (``nohup``) stay ignored.
    """

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._deadline: float | None = None
        self._interrupted_at: float | None = None
        self.is_heard = False

    def limit(self, seconds: float) -> None:
        """Ask for a stop in so many seconds."""
        self._deadline = time.monotonic() + seconds

    def ask(self, cause: str) -> None:
        """Ask for a stop now.

        Args:
            cause: One of :data:`CAUSES`.
        """
        self._asked.add(cause)

    def is_asked_by(self, cause: str) -> bool:
        """Return whether ``cause`` has asked for a stop."""
        if cause == TIME_LIMIT and self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return cause in self._asked

    def listen(self) -> None:
        """Take signals as wishes from now on, which whoever calls this has to fulfil."""
        self.is_heard = True
        if threading.current_thread() is not threading.main_thread():
            return  # Python hands signals to the main thread only
        for number in SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, self._receive):
                signal.signal(number, self._receive)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Give the signals back at the end, unless the process ends because of one.

        A second SIGTERM then does not cut short what is said at the end.
        """
        before = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            yield
        except RunInterrupted:
            raise
        except BaseException:
            self._give_back(before)
            raise
        self._give_back(before)

    def forget(self) -> None:
        """Forget every wish."""
        self._asked.clear()
        self._deadline = self._interrupted_at = None

    def _give_back(self, handlers: dict[signal.Signals, Any]) -> None:
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
"""Signals are sent to processes, so each process has one of these."""
