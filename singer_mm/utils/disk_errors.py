"""Errors of the file system: the remedy, and the name of the file."""

import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

REMEDIES = {
    errno.ENOSPC: 'free some disk space',
    errno.EDQUOT: 'free some space of your quota',
    errno.EFBIG: 'choose a place without a limit on the size of files',
    errno.ENOENT: 'make the folder first',
    errno.ENOTDIR: 'give a path below a folder',
    errno.EISDIR: 'give the name of a file',
    errno.EEXIST: 'give another name, or remove what stands there',
    errno.EACCES: 'choose a folder that you may write to',
    errno.EPERM: 'choose a folder that you may write to',
    errno.EROFS: 'choose a folder that you may write to',
    errno.ENAMETOOLONG: 'choose a shorter name',
    errno.EIO: 'check the disk or the mount',
    errno.ESTALE: 'mount the file system again',
    errno.EMFILE: 'raise the number of open files (ulimit -n)',
}


def remedy(error: BaseException) -> str:
    """Return the remedy for an error of a known number, or the advice to check the disk."""
    return REMEDIES.get(getattr(error, 'errno', None) or 0, 'check the disk and the permissions')


def is_disk_error(error: OSError) -> bool:
    """Return whether the error has a number of the file system, and is not one of a network or a library."""
    return error.errno in REMEDIES


@contextmanager
def named_disk_errors(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Let errors that name no file, e.g. of a failed write, name the run in ``folder``."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or not is_disk_error(error):
            raise
        raise OSError(error.errno, error.strerror, f'a file of the run in {folder}') from error


def raise_log_errors(logger: logging.Logger) -> None:
    """Let a log file that cannot be written end the program with an ``OSError`` that names it.

    Without this, Python's ``logging`` prints a traceback for each record and continues.
    """
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handle_others = handler.handleError
            handler.handleError = partial(_raise_disk_error, handler.baseFilename, handle_others)  # type: ignore[method-assign]


def _raise_disk_error(file: str, handle_others: Callable[[Any], None], record: logging.LogRecord) -> None:
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and is_disk_error(error):
        raise OSError(error.errno, error.strerror, file) from error
    handle_others(record)
