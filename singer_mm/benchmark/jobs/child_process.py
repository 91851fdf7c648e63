"""A job in a process of its own: what goes wrong in it harms no other."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from singer_mm.errors import SingerError
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.visible_gpus import gpu_mask

from .job import Job

PR_SET_PDEATHSIG = 1


def start_job(job: Job, action: Callable[[Job], Any], gpu: int | None = None) -> BaseProcess:
    """Fork a process that calls ``action(job)`` with one GPU, if any, and its output in ``log.txt``.

    Forked rather than started anew, since importing the libraries takes longer than many a job. The parent must not
    have run torch operators, whose thread pools do not survive a fork, nor have asked the CUDA runtime for anything:
    set ``PYTORCH_NVML_BASED_CUDA_CHECK=1`` before MMEngine is imported, which asks whether there is a GPU.

    Args:
        job: The job.
        action: What to do with it.
        gpu: Place of the GPU among those that this process may see; None for all of them.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context('fork').Process(target=_run, args=(job, action, gpu, os.getpid()))
    process.start()
    return process


def failure_of(job: Job, process: BaseProcess) -> str | None:
    """Return the sentence with which an ended process has failed, if it has."""
    if process.exitcode == 0:
        return None
    if process.exitcode is not None and process.exitcode < 0:
        name = signal.Signals(-process.exitcode).name
        _write_failure(job.folder, f'the job was ended by {name}; SIGKILL often means that memory ran out.')
    return job.read_failure() or f'the job ended with status {process.exitcode}; see {job.folder / "log.txt"}.'


def _run(job: Job, action: Callable[[Job], Any], gpu: int | None, parent: int) -> None:
    _die_with(parent)
    if gpu is not None:
        os.environ.update(gpu_mask(gpu))
    log = open(job.folder / 'log.txt', 'a', buffering=1)
    os.dup2(log.fileno(), sys.stdout.fileno())
    os.dup2(log.fileno(), sys.stderr.fileno())
    try:
        action(job)
    except SingerError as error:
        traceback.print_exc()
        _write_failure(job.folder, error.sentence)
        sys.exit(1)
    except Exception as error:  # any library's: the others go on, and the log has the whole story
        traceback.print_exc()
        reason = (str(error).strip().splitlines() or [''])[0]
        _write_failure(job.folder, f'{type(error).__name__}: {reason} (see {job.folder / "log.txt"}).')
        sys.exit(1)


def _die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, so that a killed table leaves nobody writing (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _write_failure(folder: Path, sentence: str) -> None:
    write_json(folder / 'failure.json', {'error': sentence})
