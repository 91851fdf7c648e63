"""Folders that a tool writes into at its end: whether it can, is found out at its beginning."""

from __future__ import annotations

import os
from pathlib import Path

from singer_mm.errors import ConfigError

from .disk_errors import remedy


def check_output_folder(path: str | os.PathLike[str], option: str = '--out') -> None:
    """Refuse a folder that is none, or where no file could be written; it is not made yet.

    Args:
        path: The folder.
        option: What names it on the command line.

    Raises:
        ConfigError: If something else stands there or above, or the system refuses a file there.
    """
    path = Path(path)
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if os.path.lexists(folder))
    if not folder.is_dir():
        raise ConfigError(f'{option} {path} is a file or lies below one; give the name of a folder.')
    probe = folder / f'.probe.{os.getpid()}.tmp'
    try:
        try:
            probe.write_bytes(bytes(4096))  # a full disk may have room for a name, but for no byte
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f'{option} {path} cannot be written ({error.strerror}); {remedy(error)}.') from error
