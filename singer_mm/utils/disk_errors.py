"""What to do about an error of the file system, as far as its number tells."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

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
    """Return the remedy for an error whose number is known; else that the disk is to be checked."""
    return REMEDIES.get(getattr(error, 'errno', None) or 0, 'check the disk and the permissions')


def is_disk_error(error: OSError) -> bool:
    """Tell whether the error is one of files, with a number, rather than of a network or a library."""
    return error.errno in REMEDIES


@contextmanager
def named_disk_errors(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Give errors of files that name none, as a failed write does, a name: that of the run in ``folder``."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or not is_disk_error(error):
            raise
        raise OSError(error.errno, error.strerror, f'a file of the run in {folder}') from error
