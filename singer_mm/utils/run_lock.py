"""One run in a folder at a time.

The package filelock uses flock, which the data loading workers of a killed run hold until they end; lockf ends with it.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from singer_mm.errors import DataError

from .disk_errors import remedy

NAME = 'lock'
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)
"""Errors of a file system without locks (Lustre without ``-o flock``, some network mounts)."""

HELD = (errno.EACCES, errno.EAGAIN)

_held: set[Path] = set()


@contextmanager
def only_run(folder: str | os.PathLike[str], option: str = '--work-dir') -> Iterator[None]:
    """Keep a second run out of ``folder`` and tell it which process works there.

    The operating system holds the lock and releases it when the process ends, so the lock file of a killed run keeps
    nobody out. On a file system without locks, a run counts as alive if its process exists or is on another host. The
    process that holds the lock may ask for it again.

    Args:
        folder: Created if it does not exist.
        option: Option that names another folder, for the message of the second run.

    Raises:
        DataError: If another run is at work there.
    """
    path = Path(folder).resolve() / NAME
    if path in _held:
        yield
        return
    file = _acquire(path, option)
    _held.add(path)
    try:
        yield
    finally:
        _held.discard(path)
        path.unlink(missing_ok=True)  # while locked: a process that has opened it sees in _is_at that it is gone
        file.close()


def _acquire(path: Path, option: str) -> TextIO:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = open(path, 'a+')
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(file)
            has_locks = error.errno not in NO_LOCKS
            if has_locks and error.errno not in HELD:
                raise
            if has_locks or _may_be_alive(holder):
                who = f'process {holder.get("pid", "?")} on {holder.get("host", "?")}, since {holder.get("since", "?")}'
                removal = '' if has_locks else f'; if that process has ended, remove {path}'
                raise DataError(
                    f'another run is at work in {path.parent} ({who}); wait for it, or name another folder with '
                    f'{option}{removal}.'
                ) from error
        if _is_at(path, file):
            break
        file.close()  # its holder has just removed it
    holder = dict(host=socket.gethostname(), pid=os.getpid(), since=time.strftime('%Y-%m-%d %H:%M:%S'))
    try:
        file.truncate(0)
        file.write(json.dumps(holder))
        file.flush()
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    return file


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(f'{path} cannot be written ({error.strerror}); {remedy(error)}.')


def _is_at(path: Path, file: TextIO) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _read(file: TextIO) -> dict[str, Any]:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:
        return {}  # its holder has not written it yet
    return holder if isinstance(holder, dict) else {}


def _may_be_alive(holder: dict[str, Any]) -> bool:
    if not holder or holder == dict(holder, host=socket.gethostname(), pid=os.getpid()):
        return False  # a restarted container has the process ids of the one before
    if holder.get('host') != socket.gethostname():
        return True
    return process_exists(int(holder.get('pid', 0)))


def process_exists(process: int) -> bool:
    """Return whether a process with this id runs on this host."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        pass
    return True
