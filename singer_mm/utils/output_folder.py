"""Folders that a tool writes into at its end: whether it can, is found out at its beginning."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from singer_mm.errors import ConfigError

from .disk_errors import remedy


def make_output_folder(path: str | os.PathLike[str], option: str = '--out') -> Path:
    """Make a folder, unless it exists, see that a file can be written there, and return it.

    Args:
        path: The folder.
        option: What names it on the command line.

    Raises:
        ConfigError: If something else stands there, or the system refuses the folder or a file in it.
    """
    path = Path(path)
    probe = path / f'.probe.{os.getpid()}.tmp'
    try:
        path.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(bytes(4096))  # a full disk has room for a name, but for no byte
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            raise ConfigError(f'{option} {path} is a file or lies below one; give the name of a folder.') from error
        raise ConfigError(f'{option} {path} cannot be written ({error.strerror}); {remedy(error)}.') from error
    return path
