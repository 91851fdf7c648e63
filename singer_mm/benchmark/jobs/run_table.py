"""All jobs of a table, side by side where there are several GPUs."""

import time
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from singer_mm.utils.duration import duration
from singer_mm.utils.job_processes import run_side_by_side

from .job import Job
from .run_job import run_job


def run_table(jobs: Sequence[Job], gpus: int, console: Console) -> dict[Job, str]:
    """Run every job; a failed one does not stop the others.

    Args:
        jobs: In the order of the table; a job whose head another one trains comes after that.
        gpus: How many jobs run side by side, one GPU each; 0 runs them one after the other on whatever is there.
        console: Where progress goes.

    Returns:
        The failed jobs with their sentences.
    """
    table = _Progress(jobs, console)
    with table.bar:
        return run_side_by_side(
            jobs,
            run_job,
            [*range(gpus)] if gpus else [None],
            ended=table.ended,
            shown=table.show,
            is_ready=lambda job, unfinished: job.head_job not in unfinished,
        )


class _Progress:
    """One bar over the weights of all jobs, and a line for each that has ended."""

    def __init__(self, jobs: Sequence[Job], console: Console) -> None:
        # No thread of its own refreshes the bar: processes are forked while it is shown.
        self.bar = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            TextColumn('{task.percentage:3.0f} %'),
            TimeElapsedColumn(),
            TextColumn('{task.fields[left]}'),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self.console = console
        self.total = sum(job.task.weight for job in jobs)
        self.task = self.bar.add_task('benchmark', total=self.total, left='')
        self.done = 0.0
        self.worked = 0.0
        self.start = time.monotonic()
        self.best: dict[str, tuple[float, str]] = {}

    def ended(self, job: Job, failure: str | None, seconds: float) -> None:
        self.done += job.task.weight
        result = job.read_result() if failure is None else None
        if result is None:
            self._say(f'{job.title}: failed: {failure}', 'red')
            return
        if seconds > 5:  # those that were there already say nothing about the rest
            self.worked += job.task.weight
        else:
            self.start += seconds
        value = job.task.headline(result['metrics'])
        if value is not None:
            sign = 1 if job.task.higher_is_better else -1
            best = max(self.best.get(job.task.name, (sign * value, job.label)), (sign * value, job.label))
            self.best[job.task.name] = best
            found = f'{job.task.metric} {value:.2f} (best: {best[1]} {sign * best[0]:.2f})'
        else:
            found = f'no {job.task.metric}'
        self._say(f'{job.title}: {found}, {seconds:.0f} s')
        for alarm in result['alarms']:
            self._say(f'  alarm: {alarm}', 'yellow')

    def _say(self, sentence: str, style: str | None = None) -> None:
        # Sentences may hold brackets, and must stay on one line where they are searched for.
        self.console.print(escape(sentence), style=style, highlight=False, soft_wrap=True)

    def show(self, running: Collection[Job]) -> None:
        partly = sum(job.task.weight * _share(job) for job in running)
        elapsed = time.monotonic() - self.start
        worked = self.worked + partly
        left = f'about {duration(elapsed / worked * (self.total - self.done - partly))} left' if worked > 0.5 else ''
        description = ', '.join(job.title for job in running) or 'benchmark'
        self.bar.update(self.task, completed=self.done + partly, description=description, left=left)
        self.bar.refresh()


def _share(job: Job) -> float:
    try:
        return float(job.progress_file.read_text())
    except (OSError, ValueError):  # not written yet
        return 0.0
