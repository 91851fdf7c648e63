"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from safetensors import SafetensorError

from singer_mm.errors import CheckpointError

from .disk_errors import REMEDIES, remedy

_TEMPORARY = re.compile(r'\..+\.(\d+)\.tmp')


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that replaces ``path`` only when the block succeeds.

    Raises:
        CheckpointError: If a device stands there, or the file cannot be written; what stood there before is untouched.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):  # a rename would put a file in its place
        raise CheckpointError(f'{path} is a device or another special file; give the name of a file.')
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        yield temporary
        with open(temporary, 'rb+') as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, SafetensorError, RuntimeError) as error:
        # torch's zip writer reports a full disk, or a missing folder, as a RuntimeError of its own.
        torch_writer = r'PytorchStreamWriter|inline_container|Parent directory .* does not exist'
        if isinstance(error, RuntimeError) and not re.search(torch_writer, str(error)):
            raise
        if isinstance(error, CheckpointError):  # of a file that is written within this one's block
            raise
        raise CheckpointError(_sentence(path, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file (UTF-8) whole or not at all; raises what :func:`atomic_path` raises."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Write plain values as an indented JSON file whole or not at all; raises what :func:`atomic_path` raises."""
    write_text(path, json.dumps(content, indent=1) + '\n')


def _sentence(path: Path, error: Exception) -> str:
    survivor = 'the file written before is untouched' if path.exists() else 'nothing was left behind'
    reason = str(error).splitlines()[0]
    if not path.parent.is_dir():
        advice = REMEDIES[errno.ENOTDIR if path.parent.exists() else errno.ENOENT]
    else:
        # torch's writer has no numbers; what it cannot write is the disk's fault.
        advice = remedy(error) if isinstance(error, OSError) and error.errno else REMEDIES[errno.ENOSPC]
    return f'{path} could not be written ({reason}); {survivor}; {advice}.'


def sweep_temporary_files(folder: str | os.PathLike[str]) -> None:
    """Remove what killed writers left in ``folder``: temporary names of processes that do not live on this host."""
    for path in Path(folder).glob('.*.tmp'):
        match = _TEMPORARY.fullmatch(path.name)
        if match is not None and not _lives(int(match[1])) and path.is_file():
            path.unlink(missing_ok=True)
            print_log(f'removed {path}, which a killed process had left unfinished', logger='current')


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it lives, and is somebody else's
        return True
    return True
