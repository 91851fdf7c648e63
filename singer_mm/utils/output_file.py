"""Files that a tool writes at its end: whether it can, is found out at its beginning."""

from __future__ import annotations

import os
from pathlib import Path

from singer_mm.errors import ConfigError


def check_output_file(path: str | os.PathLike[str], option: str = '--out') -> None:
    """Refuse a file that could not be written, or that is something else than a file.

    A device, a pipe or a socket would be replaced by a file.

    Args:
        path: The file; a missing folder is made when it is written.
        option: What names it on the command line.

    Raises:
        ConfigError: If a folder, a device or another special file stands there, or its folder is none, or may not be
            written to.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        kind = 'a folder' if path.is_dir() else 'a device or another special file'
        raise ConfigError(f'{option} {path} is {kind}; give the name of a file.')
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise ConfigError(f'{option} {path} lies below {folder}, which is no folder; name another one.')
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f'{option} {path} cannot be written: {folder} is read-only for you; name another folder.')
