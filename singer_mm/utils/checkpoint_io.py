"""Checkpoints on disk: written whole or not at all, read without executing what is in them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from singer_mm.errors import CheckpointError

from .archive_check import check_archive, is_whole_archive
from .run_marker import META_KEY, read_run_id
from .safe_globals import SAFE_GLOBALS

MapLocation = str | torch.device | dict[str, str] | Callable[[Any, str], Any]
"""Where tensors go, in ``torch.load``'s words."""

# What torch's reader raises on a damaged pickle: it calls what it reads before it checks it.
_READER_ERRORS = (
    RuntimeError, EOFError, ValueError, OSError, LookupError, AttributeError, TypeError, AssertionError, MemoryError,
    ArithmeticError, ImportError,
)  # fmt: skip
_SMALL = 1 << 20
"""Bytes that a tensor may claim whatever the size of its file: an expanded scalar, say."""


def load_checkpoint(path: str | os.PathLike[str], map_location: MapLocation = 'cpu') -> dict[str, Any]:
    """Read a ``torch.save`` file with ``weights_only=True``; the checksums of its archive are verified first.

    Args:
        path: File written by ``torch.save``: tensors, plain containers and MMEngine's training history.
        map_location: Where tensors go.

    Raises:
        CheckpointError: If the file is missing, truncated, damaged, no checkpoint, holds objects that would execute
            code, or tensors that are no plain ones.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError(f'checkpoint {path} does not exist; check the path.')
    check_archive(path)
    content = _read(path, map_location)
    if not isinstance(content, dict):
        raise CheckpointError(f'{path} holds a {type(content).__name__} instead of a dict of weights.')
    _check_tensors(path, content)
    return content


def _read(path: Path, map_location: MapLocation, mmap: bool = False) -> Any:
    try:
        with torch.serialization.safe_globals(SAFE_GLOBALS):
            return torch.load(path, map_location=map_location, weights_only=True, mmap=mmap)
    except UnpicklingError as error:
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(
            f'{path} is no plain weight file and was not executed ({reason}); re-save its state dict alone.'
        ) from error
    except torch.OutOfMemoryError:
        raise  # says nothing about the file
    except _READER_ERRORS as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip('.')
        raise CheckpointError(f'{path} is truncated or no checkpoint ({reason}); fetch or write it again.') from error


def named_tensors(content: Any, name: str = '') -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in nested mappings and sequences, with their keys joined by slashes."""
    if isinstance(content, Tensor):
        yield name, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from named_tensors(value, f'{name}/{key}' if name else str(key))
    elif isinstance(content, (list, tuple)):
        for index, value in enumerate(content):
            yield from named_tensors(value, f'{name}/{index}' if name else str(index))


def _check_tensors(path: Path, content: dict[str, Any]) -> None:
    limit = max(path.stat().st_size, _SMALL)
    for name, tensor in named_tensors(content):
        kind = None
        if tensor.is_quantized:
            kind = 'quantised'
        elif tensor.layout != torch.strided or tensor.is_nested:
            kind = 'sparse'
        elif tensor.is_meta:
            kind = 'empty (meta)'
        if kind is not None:
            raise CheckpointError(f'{path} holds a {kind} tensor at {name!r}; save it as a dense floating-point one.')
        if tensor.numel() * tensor.element_size() > limit:
            raise CheckpointError(
                f'{path} declares a tensor of {tensor.numel() * tensor.element_size()} bytes at {name!r}, more than '
                f'the file itself has ({path.stat().st_size}).'
            )


def find_latest_checkpoint(work_dir: str | os.PathLike[str]) -> Path | None:
    """Return the newest whole training checkpoint (``epoch_*.pth`` or ``iter_*.pth``) of the run in ``work_dir``.

    MMEngine's ``last_checkpoint`` file is not asked: a full disk can leave it empty. The number in the name decides,
    since copying a work directory shuffles the times; they decide only between a last epoch and a last iteration. A
    damaged file is passed over for the one before it, and said so. The run is that of the directory's marker
    (:mod:`singer_mm.utils.run_marker`); checkpoints that an older run left there are not its own.

    Returns:
        The file; ``None`` if the directory holds no whole checkpoint.

    Raises:
        CheckpointError: If all whole checkpoints are those of other runs.
    """
    newest, foreign = _own_and_foreign(work_dir, read_run_id(work_dir), warn=True)
    if foreign and not newest:
        raise CheckpointError(
            f'{work_dir} holds checkpoints of another run only ({foreign[0].name}); give --resume '
            f'{foreign[0]} to go on from it, or another --work-dir.'
        )
    if foreign:
        names = ', '.join(path.name for path in foreign[:3])
        _warn(f'{work_dir} also holds checkpoints of another run ({names}); they are left alone')
    return max(newest, key=_time, default=None)


def latest_of_run(work_dir: str | os.PathLike[str], run_id: str | None) -> Path | None:
    """Return the newest whole checkpoint of run ``run_id``, or of any run if that is ``None``, if there is one."""
    return max(_own_and_foreign(work_dir, run_id)[0], key=_time, default=None)


def _own_and_foreign(
    work_dir: str | os.PathLike[str], run_id: str | None, warn: bool = False
) -> tuple[list[Path], list[Path]]:
    """Return the last epoch and the last iteration of a run, and the checkpoints of other runs with higher numbers."""
    newest, foreign = [], []
    for kind in ('epoch', 'iter'):
        for path in sorted(Path(work_dir).glob(f'{kind}_*.pth'), key=_checkpoint_number, reverse=True):
            if not is_whole_archive(path):
                if warn:
                    _warn(f'{path} is damaged or unfinished and is passed over')
            elif run_id is not None and run_id_of(path) != run_id:
                foreign.append(path)
            else:
                newest.append(path)
                break
    return newest, foreign


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns


def run_id_of(path: Path) -> str | None:
    """Return the id of the run that wrote a checkpoint, without reading its tensors; ``None`` if it says nothing."""
    content = _read(path, 'cpu', mmap=True)
    meta = content.get('meta') if isinstance(content, dict) else None
    run_id = meta.get(META_KEY) if isinstance(meta, dict) else None
    return run_id if isinstance(run_id, str) else None


def _checkpoint_number(path: Path) -> int:
    number = path.stem.rpartition('_')[2]
    return int(number) if number.isdecimal() else -1


def _warn(sentence: str) -> None:
    print_log(sentence, logger='current', level=logging.WARNING)
