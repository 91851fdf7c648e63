"""The headline table: every backbone with its distance to a baseline, and the published rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.results import BenchmarkResults
from singer_mm.errors import ConfigError

from .cell import COMPANIONS, Footnotes
from .columns import COLUMNS, Column
from .mixed_fingerprints import check_fingerprints
from .published_marks import RELEASED, check_published
from .row import Row, delta_row, mark_best, measure_row, published_rows


@dataclass(frozen=True)
class BenchmarkTable:
    """The headline table, ready to be written in any format."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...]
    baseline: str | None


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
    footnotes: Footnotes = defaultdict(count(1).__next__)
    rows: list[Row] = []
    for protocol, members in group_by_protocol(results.jobs).items():
        measured = [
            measure_row(backbone, protocol, jobs, mixed, footnotes)
            for backbone in results.backbones
            if (jobs := [job for job in members if job.backbone == backbone])
        ]
        marks = {footnotes[mixed[job.name]] for job in members if job.name in mixed}
        measured = mark_best(measured, marks)
        reference = next((row for row in measured if row.label == baseline), None)
        for row in measured:
            rows.append(row)
            if reference is not None and row is not reference:
                rows.append(delta_row(row, reference, marks))
    if released and published is not False:
        rows += published_rows(released, footnotes)
    return BenchmarkTable(COLUMNS, tuple(rows), tuple(footnotes), baseline)


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
