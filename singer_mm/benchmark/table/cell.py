"""One number of the table, with the footnotes that say how it was made or why it is missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.tasks import title_of

from .columns import Column

# A detector has protocols of its own, and so has depth where publications differ; their numbers stand in the rows that
# treat the backbone in the same way.
DETECTORS = {'frozen_maskrcnn': ('linear_paper', 'linear_standard'), 'finetune_maskrcnn': ('finetune',)}
COMPANIONS = {
    **DETECTORS,
    'linear_standard_dinov2': ('linear_standard',),
    'linear_standard_dinov3': ('linear_standard',),
}

Footnotes = defaultdict[str, int]
"""Sentence to its number; a new sentence gets the next number."""


@dataclass(frozen=True)
class Cell:
    """One number, or the lack of it.

    Attributes:
        value: Mean over the seeds, or a difference of two means; None if there is none.
        spread: Sample standard deviation over the seeds; None for a single seed.
        notes: Numbers of its footnotes.
        best: Whether no other backbone has a better one by this protocol.
        better: Of a difference, whether it is to the good.
    """

    value: float | None = None
    spread: float | None = None
    notes: tuple[int, ...] = ()
    best: bool = False
    better: bool | None = None


def measure_cell(
    column: Column,
    jobs: Sequence[JobResult],
    seeds: Sequence[int],
    seeds_of_row: int,
    mixed: Mapping[str, str],
    footnotes: Footnotes,
) -> Cell:
    """Return mean and standard deviation over the seeds that have every task of the column."""
    by_task = {task: {job.seed: job for job in jobs if job.task == task} for task in column.parts}
    if absent := [title_of(task) for task, of_task in by_task.items() if not of_task]:
        return Cell(notes=(footnotes[f'not run: {", ".join(absent)}'],))
    values, sentences = [], []
    for seed in seeds:
        parts = []
        for task, of_task in by_task.items():
            job = of_task.get(seed)
            value = None if job is None else column.measure(task, job.metrics)
            if value is not None:
                parts.append(value)
            else:
                sentences.append(why_missing(column, task, job, seed))
            if job is not None and job.name in mixed:
                sentences.append(mixed[job.name])
            if job is not None:
                sentences += how_measured(job)
        if len(parts) == len(by_task):
            values.append(fmean(parts))
    if values and len(values) != seeds_of_row:
        sentences.insert(0, f'over {len(values)} instead of {seeds_of_row} seeds')
    return Cell(
        value=fmean(values) if values else None,
        spread=stdev(values) if len(values) > 1 else None,
        notes=tuple(dict.fromkeys(footnotes[sentence] for sentence in sentences)),
    )


def how_measured(job: JobResult) -> list[str]:
    """Return what a column's header leaves open: the classes of ImageNet-R, and by which publication depth is."""
    if job.protocol in COMPANIONS and job.protocol not in DETECTORS:
        return [f'{title_of(job.task)} by {job.protocol}']
    if 'imagenet_r/top1_masked' in job.metrics:
        return ['ImageNet-R over all 1,000 classes of ImageNet']
    if 'imagenet_r/top1_unmasked' in job.metrics:
        return ['ImageNet-R over its 200 classes']
    return []


def why_missing(column: Column, task: str, job: JobResult | None, seed: int) -> str:
    """Return the footnote of a number that is not there."""
    if job is None:
        return f'not run: {title_of(task)}, seed {seed}'
    if job.error is not None:
        return f'{job.name} failed: {job.error}'
    present = [key for key in column.parts[task] if key in job.metrics]
    if present:
        return f'{job.name} gave {present[0]} = {job.metrics[present[0]]}'
    return f'{job.name} gave no {column.parts[task][0]}' + (', as when nothing is detected' if task == 'coco' else '')
