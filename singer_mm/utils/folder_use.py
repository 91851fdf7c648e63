"""Folders that several processes read, and that none may remove under the others."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from singer_mm.errors import DataError

NAME = 'used'
"""File in such a folder that carries the locks; it must be there."""


class FolderInUse:
    """Keep a folder from :func:`claimed` by others, in this process or any other, for as long as this object lives.

    The operating system holds the lock and releases it with the process, however that ends. A copy of this object
    (pickled for a worker, say) holds a lock of its own.

    Args:
        folder: The folder.

    Raises:
        FileNotFoundError: If the folder is not there, or has just been removed.
        DataError: If its file system knows no locks.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        path = self.folder / NAME
        self._file = open(path, 'rb')
        lock_file(self._file, fcntl.LOCK_SH)
        # Whoever held it before may have removed the folder meanwhile, and another may have made a new one.
        if not os.path.samestat(os.stat(path), os.fstat(self._file.fileno())):
            raise FileNotFoundError(f'{self.folder} was replaced')

    def __reduce__(self) -> tuple[type[FolderInUse], tuple[Path]]:
        return FolderInUse, (self.folder,)


@contextmanager
def claimed(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Tell whether a lock file, such as that of a folder, is there and held by nobody; inside, hold it.

    Raises:
        DataError: If its file system knows no locks.
    """
    try:
        file = open(path, 'r+b')
    except FileNotFoundError:
        yield False
        return
    with file:
        yield lock_file(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_file(file: IO[Any], kind: int) -> bool:
    """Lock an open file by ``flock``, until it is closed, and tell whether that succeeded.

    Args:
        file: The file.
        kind: ``fcntl.LOCK_SH`` or ``fcntl.LOCK_EX``; with ``fcntl.LOCK_NB`` this does not wait for others.

    Raises:
        DataError: If the file system knows no locks.
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
