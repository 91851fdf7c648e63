"""Files that are written completely or not at all."""

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
from .error_text import reason_of
from .run_lock import process_exists

_TEMPORARY = re.compile(r'\..+\.(\d+)\.tmp')
_TORCH_WRITER = re.compile('PytorchStreamWriter|inline_container|Parent directory .* does not exist')


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that replaces ``path`` only when the block succeeds.

    Raises:
        CheckpointError: If ``path`` is a device, or the file cannot be written; an existing file stays as it was.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):  # the rename would replace it
        raise CheckpointError(f'{path} is a device or another special file; give the name of a file.')
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        yield temporary
        with open(temporary, 'rb+') as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except CheckpointError:  # of another file, written inside this block
        raise
    except (OSError, SafetensorError, RuntimeError) as error:
        # torch's zip writer reports a full disk or a missing folder as a RuntimeError.
        if isinstance(error, RuntimeError) and not _TORCH_WRITER.search(str(error)):
            raise
        raise CheckpointError(_sentence(path, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file (UTF-8) by :func:`atomic_path`."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Write plain values as an indented JSON file by :func:`atomic_path`."""
    write_text(path, json.dumps(content, indent=1) + '\n')


def _sentence(path: Path, error: Exception) -> str:
    survivor = 'the file written before is untouched' if path.exists() else 'nothing was left behind'
    if not path.parent.is_dir():
        advice = REMEDIES[errno.ENOTDIR if path.parent.exists() else errno.ENOENT]
    else:
        # torch's errors have no number; we assume that the disk is full.
        advice = remedy(error) if isinstance(error, OSError) and error.errno else REMEDIES[errno.ENOSPC]
    return f'{path} could not be written ({reason_of(error)}); {survivor}; {advice}.'


def sweep_temporary_files(folder: str | os.PathLike[str]) -> None:
    """Remove temporary files in ``folder`` of processes that no longer run on this host."""
    for path in Path(folder).glob('.*.tmp'):
        match = _TEMPORARY.fullmatch(path.name)
        if match is not None and not process_exists(int(match[1])) and path.is_file():
            path.unlink(missing_ok=True)
            print_log(f'removed {path}, which a killed process had left unfinished', logger='current')
