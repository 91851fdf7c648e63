"""Files and folders that a tool writes at its end: it checks at its beginning that it can write them."""

import os
from pathlib import Path

from singer_mm.errors import ConfigError

from .disk_errors import remedy


def check_output_file(path: str | os.PathLike[str]) -> None:
    """Check that a file (the option ``--out``) can be written; its folder is not created yet.

    Raises:
        ConfigError: If the path is a folder, a device or another special file, or its folder is a file or read-only.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        kind = 'a folder' if path.is_dir() else 'a device or another special file'
        raise ConfigError(f'--out {path} is {kind}; give the name of a file.')
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise ConfigError(f'--out {path} lies below {folder}, which is no folder; name another one.')
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f'--out {path} cannot be written: {folder} is read-only for you; name another folder.')


def check_output_folder(path: str | os.PathLike[str], option: str = '--out') -> None:
    """Check that a file can be written in a folder, named by ``option``; the folder is not created yet.

    Raises:
        ConfigError: If the folder or one above it is something else, or the system refuses a file there.
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
