"""Log files that cannot be written."""

from __future__ import annotations

import logging
import sys

from .disk_errors import is_disk_error


def raise_log_errors(logger: logging.Logger) -> None:
    """Let a log file that cannot be written end the program, by an ``OSError`` that names it.

    Python's ``logging`` prints the traceback of every record that a handler could not write, and goes on.
    """
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handleError = _Raise(handler)  # type: ignore[method-assign]


class _Raise:
    """Takes the place of one handler's ``handleError``; errors of other kinds are printed as before."""

    def __init__(self, handler: logging.FileHandler) -> None:
        self._file = handler.baseFilename
        self._print = handler.handleError

    def __call__(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError) and is_disk_error(error):
            raise OSError(error.errno, error.strerror, self._file) from error
        self._print(record)
