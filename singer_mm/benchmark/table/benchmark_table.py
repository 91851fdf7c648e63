"""The headline table: every backbone with its distance to a baseline, and the published rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Literal

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.results import BenchmarkResults
from singer_mm.benchmark.tasks import title_of
from singer_mm.errors import ConfigError

from .columns import COLUMNS, Column
from .mixed_fingerprints import check_fingerprints
from .published import TABLE_1
from .published_marks import RELEASED, check_published, mark_of

# A detector has protocols of its own, and so has depth where publications differ; their numbers stand in the rows that
# treat the backbone in the same way.
DETECTORS = {'frozen_maskrcnn': ('linear_paper', 'linear_standard'), 'finetune_maskrcnn': ('finetune',)}
COMPANIONS = {
    **DETECTORS,
    'linear_standard_dinov2': ('linear_standard',),
    'linear_standard_dinov3': ('linear_standard',),
}
PUBLISHED = 'published, real data'


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


@dataclass(frozen=True)
class Row:
    """One line of the table; ``kind`` says whether it is ours, a difference to the baseline, or the paper's."""

    kind: Literal['ours', 'delta', 'published']
    label: str
    protocol: str
    seeds: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class BenchmarkTable:
    """The headline table, ready to be written in any format."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...]
    baseline: str | None


class Footnotes:
    """Sentences below a table, each with one number however often it is referred to."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, sentence: str) -> int:
        """Return the number of a sentence, a new one if it is new."""
        return self._numbers.setdefault(sentence, len(self._numbers) + 1)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences by their numbers."""
        return tuple(self._numbers)


def build_table(
    results: BenchmarkResults,
    baseline: str | None = None,
    allow_mixed: bool = False,
    published: bool | None = None,
) -> BenchmarkTable:
    """Arrange the results of a benchmark.

    Args:
        results: All jobs.
        baseline: Label of the backbone that the others are compared with, the last one if left out.
        allow_mixed: Mark numbers that were measured differently rather than refuse them.
        published: Whether the paper's rows follow; by default beside the protocol ``released``.

    Raises:
        ConfigError: If the baseline is unknown, fingerprints differ within a column and that is not allowed, or
            published rows are asked for without the protocol ``released``.
    """
    released = [job for job in results.jobs if job.protocol == RELEASED]
    if published:
        check_published(results.protocols)
    baseline = choose_baseline(results.backbones, baseline)
    mixed = check_fingerprints(results.jobs, allow_mixed)
    footnotes = Footnotes()
    rows: list[Row] = []
    for protocol, members in group_by_protocol(results.jobs).items():
        measured = [
            measure_row(backbone, protocol, jobs, mixed, footnotes)
            for backbone in results.backbones
            if (jobs := [job for job in members if job.backbone == backbone])
        ]
        marks = {footnotes.number(mixed[job.name]) for job in members if job.name in mixed}
        measured = mark_best(measured, marks)
        reference = next((row for row in measured if row.label == baseline), None)
        for row in measured:
            rows.append(row)
            if reference is not None and row is not reference:
                rows.append(delta_row(row, reference, marks))
    if released and published is not False:
        rows += published_rows(released, footnotes)
    return BenchmarkTable(COLUMNS, tuple(rows), footnotes.sentences, baseline)


def choose_baseline(backbones: Sequence[str], baseline: str | None) -> str | None:
    """Return the label to compare with; None where there is nothing to compare.

    Raises:
        ConfigError: If no backbone has the label.
    """
    if baseline is not None and baseline not in backbones:
        raise ConfigError(f'no backbone is called {baseline!r}; the baseline is one of {", ".join(backbones)}.')
    return None if len(backbones) < 2 else baseline or backbones[-1]


def group_by_protocol(jobs: Sequence[JobResult]) -> dict[str, list[JobResult]]:
    """Return the jobs of each row protocol; those of a companion join the rows that their backbone has."""
    asked = {(job.backbone, job.protocol) for job in jobs}
    groups: dict[str, list[JobResult]] = {}
    for job in jobs:
        hosts = [host for host in COMPANIONS.get(job.protocol, ()) if (job.backbone, host) in asked]
        for protocol in hosts or [job.protocol]:
            groups.setdefault(protocol, []).append(job)
    return groups


def measure_row(
    backbone: str, protocol: str, jobs: Sequence[JobResult], mixed: Mapping[str, str], footnotes: Footnotes
) -> Row:
    """Fill the row of one backbone and protocol."""
    own = sorted({job.seed for job in jobs if job.protocol == protocol})
    cells = []
    for column in COLUMNS:
        of_column = [job for job in jobs if job.task in column.parts]
        companions = {job.seed for job in of_column if job.protocol != protocol}
        cells.append(measure_cell(column, of_column, sorted(companions) or own, len(own), mixed, footnotes))
    return Row('ours', backbone, protocol, len(own), tuple(cells))


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
        return Cell(notes=(footnotes.number(f'not run: {", ".join(absent)}'),))
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
        notes=tuple(dict.fromkeys(footnotes.number(sentence) for sentence in sentences)),
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


def mark_best(rows: Sequence[Row], marks: Collection[int]) -> list[Row]:
    """Mark the best number of each column; none where only one backbone has a number.

    Args:
        rows: Rows of one protocol.
        marks: Footnotes of numbers that were measured differently: a column that holds one has no best.
    """
    cells = [list(row.cells) for row in rows]
    for index, column in enumerate(COLUMNS):
        values = [value for row in cells if (value := row[index].value) is not None]
        if len(values) < 2 or any(not set(marks).isdisjoint(row[index].notes) for row in cells):
            continue
        best = min(values) if column.lower_is_better else max(values)
        for row in cells:
            row[index] = replace(row[index], best=row[index].value == best)
    return [replace(row, cells=tuple(of_row)) for row, of_row in zip(rows, cells, strict=True)]


def delta_row(row: Row, reference: Row, marks: Collection[int]) -> Row:
    """Return the differences of means to the baseline; none where a footnote marks either as measured differently."""
    cells = []
    for column, cell, other in zip(COLUMNS, row.cells, reference.cells, strict=True):
        if cell.value is None or other.value is None or not set(marks).isdisjoint(cell.notes + other.notes):
            cells.append(Cell())
            continue
        difference = cell.value - other.value
        better = None if difference == 0 else (difference < 0) == column.lower_is_better
        cells.append(Cell(difference, better=better))
    return Row('delta', f'Δ to {reference.label}', row.protocol, None, tuple(cells))


def published_rows(jobs: Sequence[JobResult], footnotes: Footnotes) -> list[Row]:
    """Return Table 1 of the paper in our columns, with a mark at each cell; it has no detection.

    Args:
        jobs: Ours of the protocol ``released``.
        footnotes: Where the marks go.
    """
    columns = COLUMNS[: len(TABLE_1[0].values)]
    marks = [(footnotes.number(f'published: {mark_of(column, jobs)}'),) for column in columns]
    rows = []
    for published in TABLE_1:
        cells = [Cell(value, notes=marks[index]) for index, value in enumerate(published.values)]
        cells += [Cell()] * (len(COLUMNS) - len(cells))
        label = published.model + ('' if published.distillation == 'none' else f', {published.distillation}')
        rows.append(Row('published', label, PUBLISHED, None, tuple(cells)))
    return rows
