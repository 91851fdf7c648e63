"""One line of the table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from singer_mm.benchmark.job_result import JobResult

from .cell import Cell, Footnotes, measure_cell
from .columns import COLUMNS
from .published import TABLE_1
from .published_marks import mark_of

PUBLISHED = 'published, real data'


@dataclass(frozen=True)
class Row:
    """One line of the table; ``kind`` says whether it is ours, a difference to the baseline, or the paper's."""

    kind: Literal['ours', 'delta', 'published']
    label: str
    protocol: str
    seeds: int | None
    cells: tuple[Cell, ...]


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
    marks = [(footnotes[f'published: {mark_of(column, jobs)}'],) for column in columns]
    rows = []
    for published in TABLE_1:
        cells = [Cell(value, notes=marks[index]) for index, value in enumerate(published.values)]
        cells += [Cell()] * (len(COLUMNS) - len(cells))
        label = published.model + ('' if published.distillation == 'none' else f', {published.distillation}')
        rows.append(Row('published', label, PUBLISHED, None, tuple(cells)))
    return rows
