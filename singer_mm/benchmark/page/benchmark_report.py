"""From the folder of a benchmark to its tables, pictures and one page."""

from pathlib import Path

from singer_mm.benchmark.results import BenchmarkResults, read_results
from singer_mm.benchmark.table.benchmark_table import BenchmarkTable, build_table
from singer_mm.benchmark.table.table_formats import (
    cell_text,
    explanation,
    note_text,
    spread_text,
    to_csv,
    to_latex,
    to_markdown,
)
from singer_mm.pages.headline import Headline
from singer_mm.pages.page import page_environment
from singer_mm.utils.atomic_path import write_text
from singer_mm.utils.duration import duration

from .details import backbone_table, fingerprint_tables, job_table, metric_tables
from .overview import draw_features, draw_overview
from .pictures import draw_task

HEADLINE_BACKBONES = 2  # besides the number of jobs and the time: one line of cards


def make_benchmark_report(
    out: Path, baseline: str | None = None, allow_mixed: bool = False, published: bool | None = None
) -> Path:
    """Write ``table.md``, ``table.tex``, ``table.csv``, ``report.html`` and ``pictures/*.png`` of a benchmark.

    Images are embedded in the page, so that it can be mailed and read offline.

    Args:
        out: Folder of the benchmark with ``results.json`` and a folder for each job.
        baseline: Label of the backbone that the others are compared with, the last one if left out.
        allow_mixed: Mark numbers that were measured differently rather than refuse them.
        published: Whether the paper's rows follow; by default beside the protocol ``released``.

    Returns:
        Path of the page.

    Raises:
        ConfigError: If there are no results, the baseline is unknown, or numbers of one column were measured
            differently and that is not allowed, or published rows are asked for without the protocol ``released``.
        CheckpointError: If the disk refuses a file; the file written before stays.
    """
    results = read_results(out)
    table = build_table(results, baseline, allow_mixed, published)
    for name, content in (('md', to_markdown(table)), ('tex', to_latex(table)), ('csv', to_csv(table))):
        write_text(out / f'table.{name}', content)
    overview = draw_overview(table, out)
    sections = [*(draw_task(results, task, out) for task in results.tasks), draw_features(results, out)]
    sections = [section for section in sections if section.pictures or section.problems]
    page = out / 'report.html'
    content = (
        page_environment()
        .get_template('benchmark_report.html.j2')
        .render(
            title='Downstream benchmark',
            subtitle=' · '.join(results.backbones),
            headlines=headlines(results, table),
            alarms=[(job.name, alarm) for job in results.jobs for alarm in job.alarms],
            failures=[(job.name, job.error) for job in results.jobs if job.error is not None],
            table=table,
            cell_text=cell_text,
            spread_text=spread_text,
            note_text=note_text,
            explanation=explanation(table),
            overview=overview,
            sections=sections,
            metric_tables=metric_tables(results),
            tables=[backbone_table(results), job_table(results)],
            run={
                'command': results.command,
                'machine': results.machine,
                'versions': ', '.join(f'{name} {version}' for name, version in results.versions.items()),
            },
            fingerprints=fingerprint_tables(results),
        )
    )
    write_text(page, content)
    # Delete the pictures of an earlier report that this one does not show.
    shown = {picture.path for section in [overview, *sections] for picture in section.pictures}
    for path in (out / 'pictures').glob('*.png'):
        if path not in shown:
            path.unlink()
    return page


def headlines(results: BenchmarkResults, table: BenchmarkTable) -> list[Headline]:
    """Pick the numbers that a reader looks for first."""
    failed = sum(job.error is not None for job in results.jobs)
    alarms = sum(len(job.alarms) for job in results.jobs)
    note = f'{failed or "none"} failed, {alarms or "no"} alarm{"" if alarms == 1 else "s"}'
    cards = [Headline(f'{len(results.jobs) - failed} of {len(results.jobs)}', 'jobs finished', note)]
    ours = [row for row in table.rows if row.kind == 'ours']
    deltas = [(row, delta) for row, delta in zip(table.rows, table.rows[1:], strict=False) if delta.kind == 'delta']
    for row, delta in [pair for pair in deltas if pair[0].protocol == ours[0].protocol][:HEADLINE_BACKBONES]:
        compared = [cell for cell in delta.cells if cell.value is not None]
        better = sum(cell.better is True for cell in compared)
        cards.append(
            Headline(f'{better} of {len(compared)}', f'columns where {row.label} beats {table.baseline}', row.protocol)
        )
    seconds = sum(job.seconds or 0.0 for job in results.jobs)
    cards.append(Headline(duration(seconds), 'for all jobs', results.machine))
    return cards
