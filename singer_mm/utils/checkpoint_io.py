"""Read checkpoints without executing code in them, and find the last one of a run."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, print_log
from torch import Tensor

from singer_mm.errors import CheckpointError

from .archive_check import check_archive, is_whole_archive
from .error_text import reason_of
from .run_marker import META_KEY, read_run_id

MapLocation = str | torch.device | dict[str, str] | Callable[[Any, str], Any]
"""Values of ``map_location`` of ``torch.load``."""

# What torch's reader raises on a damaged pickle: it calls objects of the file before it checks them.
_READER_ERRORS = (
    RuntimeError, EOFError, ValueError, OSError, LookupError, AttributeError, TypeError, AssertionError, MemoryError,
    ArithmeticError, ImportError,
)  # fmt: skip
_SMALL = 1 << 20
"""Bytes that a tensor may declare in a file of any size, e.g. for an expanded scalar."""


def _history_buffer_statistic(owner: type, name: str) -> Callable[..., Any]:
    """Replace ``getattr`` inside MMEngine checkpoints.

    MMEngine pickles the four statistics methods of its ``HistoryBuffer`` as ``getattr(HistoryBuffer, name)``. The real
    ``getattr`` would give access to any callable, so only these four are answered.
    """
    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
    return getattr(HistoryBuffer, name)


# MMEngine 0.10: its message hub stores HistoryBuffers, which hold NumPy arrays and scalars.
_SAFE_GLOBALS: list[Any] = [
    HistoryBuffer,
    (_history_buffer_statistic, 'builtins.getattr'),
    np.ndarray,
    np.dtype,
    *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)),
    np.empty(0).__reduce__()[0],  # numpy's `_reconstruct`, whose module moved between NumPy 1 and 2
    np.float64(0).__reduce__()[0],  # numpy's `scalar`, likewise
]


def load_checkpoint(path: str | os.PathLike[str], map_location: MapLocation = 'cpu') -> dict[str, Any]:
    """Verify the checksums of a ``torch.save`` file, then read it with ``weights_only=True``.

    The file may hold tensors, plain containers and MMEngine's training history.

    Raises:
        CheckpointError: If the file is missing, truncated, damaged or no checkpoint, or holds tensors that are not
            dense or objects that would execute code.
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
        with torch.serialization.safe_globals(_SAFE_GLOBALS):
            return torch.load(path, map_location=map_location, weights_only=True, mmap=mmap)
    except UnpicklingError as error:
        raise CheckpointError(
            f'{path} is no plain weight file and was not executed ({reason_of(error)}); re-save its state dict alone.'
        ) from error
    except torch.OutOfMemoryError:
        raise  # says nothing about the file
    except _READER_ERRORS as error:
        raise CheckpointError(
            f'{path} is truncated or no checkpoint ({reason_of(error)}); fetch or write it again.'
        ) from error


def named_tensors(content: Any, name: str = '') -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in nested mappings and sequences, with their keys joined by slashes."""
    if isinstance(content, Tensor):
        yield name, content
    elif isinstance(content, (Mapping, list, tuple)):
        for key, value in content.items() if isinstance(content, Mapping) else enumerate(content):
            yield from named_tensors(value, f'{name}/{key}' if name else str(key))


def _check_tensors(path: Path, content: dict[str, Any]) -> None:
    limit = max(path.stat().st_size, _SMALL)
    for name, tensor in named_tensors(content):
        is_sparse = tensor.layout != torch.strided or tensor.is_nested
        kinds = {'quantised': tensor.is_quantized, 'sparse': is_sparse, 'empty (meta)': tensor.is_meta}
        kind = next((kind for kind, applies in kinds.items() if applies), None)
        if kind is not None:
            raise CheckpointError(f'{path} holds a {kind} tensor at {name!r}; save it as a dense floating-point one.')
        size = tensor.numel() * tensor.element_size()
        if size > limit:
            raise CheckpointError(
                f'{path} declares a tensor of {size} bytes at {name!r}, more than the file itself has '
                f'({path.stat().st_size}).'
            )


def find_latest_checkpoint(work_dir: str | os.PathLike[str]) -> Path | None:
    """Return the newest undamaged checkpoint (``epoch_*.pth`` or ``iter_*.pth``) of the run in ``work_dir``, if any.

    The highest number in the name decides, because a copied file may have another time; the time decides only between
    the last epoch and the last iteration. MMEngine's ``last_checkpoint`` is not used: a full disk can leave it empty.
    Damaged files are skipped with a warning. The run is the one of :mod:`singer_mm.utils.run_marker`.

    Raises:
        CheckpointError: If all undamaged checkpoints belong to other runs.
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
    """Return the newest undamaged checkpoint of run ``run_id``, or of any run if it is None; None if there is none."""
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
    """Return the id of the run that wrote a checkpoint, if it has one, without reading the tensors."""
    content = _read(path, 'cpu', mmap=True)
    meta = content.get('meta') if isinstance(content, dict) else None
    run_id = meta.get(META_KEY) if isinstance(meta, dict) else None
    return run_id if isinstance(run_id, str) else None


def _checkpoint_number(path: Path) -> int:
    number = path.stem.rpartition('_')[2]
    return int(number) if number.isdecimal() else -1


def _warn(sentence: str) -> None:
    print_log(sentence, logger='current', level=logging.WARNING)
