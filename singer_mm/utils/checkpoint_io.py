"""Checkpoints on disk: written whole or not at all, read without executing what is in them."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors import SafetensorError

from singer_mm.errors import CheckpointError


def _history_buffer_statistic(owner: type, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr`` inside MMEngine checkpoints.

    MMEngine pickles the four statistics methods of its ``HistoryBuffer`` as ``getattr(HistoryBuffer, name)``. The
    real ``getattr`` would open the door to any callable, so only those four are answered.
    """
    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
    method: Callable[..., Any] = getattr(HistoryBuffer, name)
    return method


# MMEngine 0.10: its message hub stores HistoryBuffers, which hold NumPy arrays and scalars.
_SAFE_GLOBALS: list[Any] = [
    HistoryBuffer,
    (_history_buffer_statistic, 'builtins.getattr'),
    np.ndarray,
    np.dtype,
    type(np.dtype(np.float64)),
    type(np.dtype(np.float32)),
    type(np.dtype(np.int64)),
    np.empty(0).__reduce__()[0],  # numpy's `_reconstruct`, whose module moved between NumPy 1 and 2
    np.float64(0).__reduce__()[0],  # numpy's `scalar`, likewise
]


def load_checkpoint(path: str | os.PathLike[str], map_location: str | torch.device = 'cpu') -> dict[str, Any]:
    """Read a ``torch.save`` file with ``weights_only=True``.

    Args:
        path: File written by ``torch.save``: tensors, plain containers and MMEngine's training history.
        map_location: Where tensors go.

    Raises:
        CheckpointError: If the file is missing, truncated, no checkpoint, or holds objects that would execute code.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError(f'checkpoint {path} does not exist; check the path.')
    try:
        with torch.serialization.safe_globals(_SAFE_GLOBALS):
            content = torch.load(path, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(
            f'{path} is no plain weight file and was not executed ({reason}); re-save its state dict alone.'
        ) from error
    except (RuntimeError, EOFError, ValueError, OSError, KeyError) as error:
        raise CheckpointError(f'{path} is truncated or no checkpoint; fetch or write it again.') from error
    if not isinstance(content, dict):
        raise CheckpointError(f'{path} holds a {type(content).__name__} instead of a dict of weights.')
    return content


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that replaces ``path`` only when the block succeeds.

    Raises:
        CheckpointError: If the disk refuses the file; what stood at ``path`` before is untouched.
    """
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        yield temporary
        with open(temporary, 'rb+') as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, SafetensorError, RuntimeError) as error:
        # torch's zip writer reports a full disk as a RuntimeError of its own.
        if isinstance(error, RuntimeError) and not re.search('PytorchStreamWriter|inline_container', str(error)):
            raise
        survivor = 'the file written before is untouched' if path.exists() else 'nothing was left behind'
        reason = str(error).splitlines()[0]
        raise CheckpointError(f'{path} could not be written ({reason}); {survivor}; free some disk space.') from error
    finally:
        temporary.unlink(missing_ok=True)


def find_latest_checkpoint(work_dir: str | os.PathLike[str]) -> Path | None:
    """Return the newest complete training checkpoint (``epoch_*.pth`` or ``iter_*.pth``) of a run, if any.

    MMEngine's ``last_checkpoint`` file is not asked: a full disk can leave it empty. Completeness is that of the
    zip archive that ``torch.save`` writes, whose directory comes last. The number in the name decides, since copying
    a work directory shuffles the times; they decide only between a last epoch and a last iteration.
    """
    newest = []
    for kind in ('epoch', 'iter'):
        complete = [path for path in Path(work_dir).glob(f'{kind}_*.pth') if zipfile.is_zipfile(path)]
        newest += sorted(complete, key=_checkpoint_number)[-1:]
    return max(newest, key=lambda path: path.stat().st_mtime_ns, default=None)


def _checkpoint_number(path: Path) -> int:
    number = path.stem.rpartition('_')[2]
    return int(number) if number.isdigit() else -1
