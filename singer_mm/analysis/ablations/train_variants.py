"""All trainings of a set, side by side where there is room."""

import os
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from singer_mm.utils.job_processes import run_side_by_side

from .variant_run import VariantRun


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
    # No thread of its own refreshes the bar: processes are forked while it is shown.
    bar = Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
        console=console,
        auto_refresh=False,
        transient=True,
    )
    task = bar.add_task('trainings', total=len(waiting))

    def ended(run: VariantRun, failure: str | None, seconds: float) -> None:
        if failure is None:
            run.set_done()
        said = 'trained' if failure is None else f'failed: {failure}'
        console.print(escape(f'{run.title}, seed {run.seed}: {said}'), highlight=False, soft_wrap=True)
        bar.advance(task)

    def shown(running: Collection[VariantRun]) -> None:
        bar.update(task, description=', '.join(run.title for run in running) or 'trainings')
        bar.refresh()

    for run in waiting:
        run.make_room()
    places = [place % gpus if gpus else None for place in range(jobs)]
    with bar:
        return run_side_by_side(waiting, lambda run: run.train(threads), places, ended=ended, shown=shown)
