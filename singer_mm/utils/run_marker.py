"""The run to which a work directory and its checkpoints belong."""

import os
import uuid
from pathlib import Path

from .atomic_path import write_text

MARKER = 'run_id.txt'
"""File in the work directory that names the last run which was started there."""

META_KEY = 'run_id'
"""Key in a checkpoint's ``meta`` that names the run which wrote it."""


def read_run_id(work_dir: str | os.PathLike[str]) -> str | None:
    """Return the run of a work directory; None if older versions started it."""
    marker = Path(work_dir) / MARKER
    if not marker.is_file():
        return None
    return marker.read_text(encoding='utf-8', errors='replace').strip() or None


def start_run(work_dir: str | os.PathLike[str]) -> str:
    """Note a new run in the work directory and return its id, without drawing a seeded random number."""
    run_id = uuid.uuid4().hex
    note_run(work_dir, run_id)
    return run_id


def note_run(work_dir: str | os.PathLike[str], run_id: str) -> None:
    """Note in the work directory that its run is ``run_id``."""
    Path(work_dir).mkdir(parents=True, exist_ok=True)
    write_text(Path(work_dir) / MARKER, f'{run_id}\n')
