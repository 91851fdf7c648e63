"""All trainings of a set, side by side where there is room."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .variant_run import VariantRun

POLL_SECONDS = 0.5


def train_variants(runs: Sequence[VariantRun], jobs: int, gpus: int, console: Console) -> dict[VariantRun, str]:
    """Train what is not done; a failed variant does not stop the others.

    Args:
        runs: In the order of the table.
        jobs: How many train at the same time.
        gpus: Number of GPUs, which the jobs take in turn; 0 without.
        console: Where progress goes.

    Returns:
        The failed runs with their sentences.
    """
    waiting = [run for run in runs if not run.is_done()]
    console.print(f'{len(runs) - len(waiting)} of {len(runs)} trainings are done already', highlight=False)
    threads = max(1, (os.cpu_count() or 1) // jobs)
    running: dict[int, tuple[VariantRun, subprocess.Popen[bytes]]] = {}
    failures: dict[VariantRun, str] = {}
    bar = Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task('trainings', total=len(waiting))
        try:
            while waiting or running:
                for slot in range(jobs):
                    if waiting and slot not in running:
                        run = waiting.pop(0)
                        running[slot] = run, run.start(threads, slot % gpus if gpus else None)
                for slot, (run, process) in list(running.items()):
                    status = process.poll()
                    if status is None:
                        continue
                    del running[slot]
                    failure = run.end(status)
                    if failure is not None:
                        failures[run] = failure
                    said = 'trained' if failure is None else f'failed: {failure}'
                    console.print(escape(f'{run.title}, seed {run.seed}: {said}'), highlight=False, soft_wrap=True)
                    bar.advance(task)
                bar.update(task, description=', '.join(run.title for run, _ in running.values()) or 'trainings')
                time.sleep(POLL_SECONDS)
        finally:
            for _, process in running.values():  # interrupted: nobody goes on writing behind the user's back
                process.terminate()
                process.wait()
    return failures
