"""One run in a folder at a time."""

from __future__ import annotations

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
"""What a file system answers that knows no locks (Lustre without ``-o flock``, some network mounts)."""

HELD = (errno.EACCES, errno.EAGAIN)

_held: set[Path] = set()


@contextmanager
def only_run(folder: str | os.PathLike[str], option: str = '--work-dir') -> Iterator[None]:
    """Keep a second run out of ``folder``, which is made if need be, and tell it who is there.

    The operating system holds the lock and releases it with the process, however that ends, so that a lock file that a
    killed run has left keeps nobody out. Where the file system knows no locks, a run counts as alive if its process is
    (on this host) or may be (on another one). The process that holds the lock may ask for it again.

    Args:
        folder: The folder.
        option: What names another folder, for the remedy of the second run.

    Raises:
        DataError: If another run is at work there.
    """
    path = Path(folder).resolve() / NAME
    if path in _held:
        yield
        return
    file = _acquire(path, f'wait for it, or name another folder with {option}')
    _held.add(path)
    try:
        yield
    finally:
        _held.discard(path)
        path.unlink(missing_ok=True)  # while it is locked: whoever has opened it meanwhile sees that it is gone
        file.close()


def _acquire(path: Path, remedy: str) -> TextIO:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = open(path, 'a+')
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            # Not flock, which the data loading workers of a killed run would hold for the seconds they outlive it.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(file)
            if error.errno in NO_LOCKS and not _may_be_alive(holder):
                pass
            elif error.errno in NO_LOCKS:
                raise DataError(
                    _sentence(path.parent, holder, f'{remedy}; if that process has ended, remove {path}')
                ) from error
            elif error.errno in HELD:
                raise DataError(_sentence(path.parent, holder, remedy)) from error
            else:
                raise
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
    try:
        os.kill(int(holder.get('pid', 0)), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _sentence(folder: Path, holder: dict[str, Any], remedy: str) -> str:
    who = f'process {holder.get("pid", "?")} on {holder.get("host", "?")}'
    return f'another run is at work in {folder} ({who}, since {holder.get("since", "?")}); {remedy}.'
