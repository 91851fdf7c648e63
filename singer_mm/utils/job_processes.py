"""Jobs in processes of their own, side by side: what goes wrong in one harms no other."""

import ctypes
import json
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, TypeVar

from singer_mm.errors import SingerError

from .atomic_path import write_json
from .visible_gpus import gpu_mask

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.2


class FolderJob(Protocol):
    """Whatever can be done in a folder of its own."""

    @property
    def folder(self) -> Path:
        """Where the job works; its output goes to ``log.txt`` there, its failure to ``failure.json``."""


J = TypeVar('J', bound=FolderJob)


def run_side_by_side(
    jobs: Sequence[J],
    action: Callable[[J], Any],
    places: Sequence[int | None],
    *,
    ended: Callable[[J, str | None, float], None],
    shown: Callable[[Collection[J]], None],
    is_ready: Callable[[J, Collection[J]], bool] = lambda job, unfinished: True,
) -> dict[J, str]:
    """Run every job in a process of its own; a failed one does not stop the others.

    Args:
        jobs: In the order in which they start.
        action: What to do with a job, in its process.
        places: One entry for each process that may run at the same time: the only GPU that it sees, counted among
            those of this process, or None for all of them.
        ended: Is told each job that has ended, the sentence of its failure, and its seconds.
        shown: Is told the running jobs, several times a second.
        is_ready: Whether a job may start while the given ones have not ended.

    Returns:
        The failed jobs with their sentences.
    """
    waiting, free, failures = list(jobs), list(places), dict[J, str]()
    running = dict[J, tuple[BaseProcess, int | None, float]]()
    try:
        while waiting or running:
            ready = [job for job in waiting if is_ready(job, [*waiting, *running])]
            while free and ready:
                job, place = ready.pop(0), free.pop(0)
                waiting.remove(job)
                running[job] = start_job(job, action, place), place, time.monotonic()
            for job, (process, place, start) in list(running.items()):
                if process.is_alive():
                    continue
                process.join()
                del running[job]
                free.append(place)
                failure = failure_of(job, process)
                if failure is not None:
                    failures[job] = failure
                ended(job, failure, time.monotonic() - start)
            shown(list(running))
            time.sleep(POLL_SECONDS)
    finally:
        for process, _, _ in running.values():  # interrupted: no process goes on behind the user's back
            process.terminate()
            process.join()
    return failures


def start_job(job: J, action: Callable[[J], Any], gpu: int | None = None) -> BaseProcess:
    """Fork a process that calls ``action(job)`` with one GPU, if any, and its output in ``log.txt``.

    Forked rather than started anew, since importing the libraries takes longer than many a job
    (docs/architecture.md). The parent must not have run torch operators, whose thread pools do not survive a fork, nor
    have asked the CUDA runtime for anything: set ``PYTORCH_NVML_BASED_CUDA_CHECK=1`` before MMEngine is imported.
    ``gpu`` is the place of the GPU among those that this process may see; None for all of them.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context('fork').Process(target=_run, args=(job, action, gpu, os.getpid()))
    process.start()
    return process


def failure_of(job: FolderJob, process: BaseProcess) -> str | None:
    """Return the sentence with which an ended process has failed, if it has.

    A failure of an earlier process in the same folder must be gone: the action of a job removes it.
    """
    if process.exitcode == 0:
        return None
    if process.exitcode is not None and process.exitcode < 0:
        name = signal.Signals(-process.exitcode).name
        _write_failure(job.folder, f'the job was ended by {name}; SIGKILL often means that memory ran out.')
    return read_failure(job.folder) or _last_error(job.folder / 'log.txt', process.exitcode)


def read_failure(folder: Path) -> str | None:
    """Return the sentence with which the job in a folder has failed, if it has."""
    path = folder / 'failure.json'
    return json.loads(path.read_text())['error'] if path.is_file() else None


def _last_error(log: Path, status: int | None) -> str:
    """Return the sentence of the last ``error:`` of a program that has taken the place of a job's process."""
    lines = log.read_text(errors='replace').splitlines() if log.is_file() else []
    errors = [line.removeprefix('error: ') for line in lines if line.startswith('error: ')]
    return f'{errors[-1]} (see {log})' if errors else f'the job ended with status {status}; see {log}.'


def _run(job: J, action: Callable[[J], Any], gpu: int | None, parent: int) -> None:
    _die_with(parent)
    if gpu is not None:
        os.environ.update(gpu_mask(gpu))
    log = open(job.folder / 'log.txt', 'a', buffering=1)
    for descriptor in (1, 2):  # also for a program that takes the place of this process
        os.dup2(log.fileno(), descriptor)
    sys.stdout = sys.stderr = log
    try:
        action(job)
    except Exception as error:  # any library's: the others go on, and the log has the whole story
        traceback.print_exc()
        reason = (str(error).strip().splitlines() or [''])[0]
        sentence = f'{type(error).__name__}: {reason} (see {job.folder / "log.txt"}).'
        _write_failure(job.folder, error.sentence if isinstance(error, SingerError) else sentence)
        sys.exit(1)


def _die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, so that nobody writes on after a killed command (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _write_failure(folder: Path, sentence: str) -> None:
    write_json(folder / 'failure.json', {'error': sentence})
