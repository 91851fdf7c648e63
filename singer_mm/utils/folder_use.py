"""Folders that several processes read, and that no process may remove while another one reads them.

Readers share a lock (flock). The package filelock shares locks only through an SQLite database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from singer_mm.errors import DataError

NAME = 'used'
"""File in such a folder that carries the locks; it must exist."""


class FolderInUse:
    """As long as this object lives, :func:`claimed` refuses the folder to this and every other process.

    The operating system releases the lock when the process ends. A copy of this object, e.g. pickled for a worker,
    holds its own lock.

    Raises:
        FileNotFoundError: If the folder does not exist or has just been removed.
        DataError: If its file system has no locks.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        path = self.folder / NAME
        self._file = open(path, 'rb')
        lock_file(self._file, fcntl.LOCK_SH)
        # The holder before us may have removed the folder, and another process may have made a new one.
        if not os.path.samestat(os.stat(path), os.fstat(self._file.fileno())):
            raise FileNotFoundError(f'{self.folder} was replaced')

    def __reduce__(self) -> tuple[type[FolderInUse], tuple[Path]]:
        return FolderInUse, (self.folder,)


@contextmanager
def claimed(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Yield whether a lock file exists and no process holds it; the block then holds it.

    Raises:
        DataError: If its file system has no locks.
    """
    try:
        file = open(path, 'r+b')
    except FileNotFoundError:
        yield False
        return
    with file:
        yield lock_file(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_file(file: IO[Any], kind: int) -> bool:
    """Lock an open file by ``flock`` until it is closed, and return whether that succeeded.

    ``kind`` is ``fcntl.LOCK_SH`` or ``fcntl.LOCK_EX``; with ``fcntl.LOCK_NB`` this does not wait for others.

    Raises:
        DataError: If the file system has no locks.
    """
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    except OSError as error:
        raise DataError(
            f'{file.name} cannot be locked ({error.strerror}); choose a folder on a file system that knows locks.'
        ) from error
    return True
