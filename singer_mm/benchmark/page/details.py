"""Everything that the headline table leaves out, as tables of texts."""

import re
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.results import BenchmarkResults, unique
from singer_mm.benchmark.table.columns import is_number
from singer_mm.benchmark.table.mixed_fingerprints import belongs_to_backbone
from singer_mm.benchmark.tasks import title_of
from singer_mm.pages.table import Table, text, words

NOTHING = '–'
LONG_HASH = re.compile('[0-9a-f]{32,}')
HASH_DIGITS = 12


def metric_tables(results: BenchmarkResults) -> list[Table]:
    """Return one table for each protocol: every metric of every task in a row, the backbones in columns."""
    tables = []
    for protocol in results.protocols:
        jobs = [job for job in results.jobs if job.protocol == protocol and job.error is None]
        backbones = [label for label in results.backbones if any(job.backbone == label for job in jobs)]
        rows = []
        for task in results.tasks:
            of_task = [job for job in jobs if job.task == task]
            for name in unique(name for job in of_task for name in job.metrics):
                cells = [over_seeds([job for job in of_task if job.backbone == label], name) for label in backbones]
                if any(cell != NOTHING for cell in cells):
                    rows.append((title_of(task), name, *cells))
        if rows:
            tables.append(Table(protocol, ('task', 'metric', *backbones), rows))
    return tables


def over_seeds(jobs: Sequence[JobResult], name: str) -> str:
    """Return mean and standard deviation of a metric over the seeds that have it as a number."""
    values = [float(value) for job in jobs if is_number(value := job.metrics.get(name))]
    if not values:
        return NOTHING
    if len(values) == 1:
        return f'{values[0]:#.4g}'
    return f'{fmean(values):#.4g} ± {stdev(values):#.2g}'


def backbone_table(results: BenchmarkResults) -> Table:
    """Return what is known of the backbones, with the keys of fingerprints that belong to them."""
    facts: dict[str, dict[str, Any]] = {}
    for job in results.jobs:
        known = facts.setdefault(job.backbone, {})
        own = {key: value for key, value in job.fingerprint.items() if belongs_to_backbone(key)}
        for key, value in {**job.backbone_facts, **own}.items():
            known.setdefault(key, value)
    keys = unique(key for known in facts.values() for key in known)
    rows = [(label, *(short_hash(text(known.get(key))) for key in keys)) for label, known in facts.items()]
    return Table('Backbones', ('backbone', *map(words, keys)), rows)


def short_hash(value: str) -> str:
    """Return the first digits of a long hash, anything else as it is."""
    return value[:HASH_DIGITS] if LONG_HASH.fullmatch(value) else value


def job_table(results: BenchmarkResults) -> Table:
    """Return one row for each task and protocol: seconds of all seeds for each backbone, and the samples evaluated."""
    rows = []
    for task in results.tasks:
        for protocol in unique(job.protocol for job in results.select(task=task)):
            jobs = results.select(task=task, protocol=protocol)
            seconds = [spent([job for job in jobs if job.backbone == label]) for label in results.backbones]
            counts = unique(f'{job.n_evaluated} of {job.n_dataset}' for job in jobs if job.n_evaluated is not None)
            rows.append((title_of(task), protocol, ', '.join(counts) or NOTHING, *seconds))
    header = ('task', 'protocol', 'samples', *(f'{label}, s' for label in results.backbones))
    return Table('Seconds of each job', header, rows)


def spent(jobs: Sequence[JobResult]) -> str:
    """Return the seconds that some jobs took together; failed ones count where they say it."""
    seconds = [job.seconds for job in jobs if job.seconds is not None]
    return f'{sum(seconds):.1f}' if seconds else NOTHING


def fingerprint_tables(results: BenchmarkResults) -> list[Table]:
    """Return for each task and protocol how it was measured; a second column only where backbones differ in it."""
    tables = []
    for task in results.tasks:
        for protocol in unique(job.protocol for job in results.select(task=task)):
            jobs = [job for job in results.select(task=task, protocol=protocol) if job.fingerprint]
            kinds: dict[tuple[tuple[str, str], ...], list[str]] = {}
            for job in jobs:
                entries = {key: text(value) for key, value in job.fingerprint.items() if not belongs_to_backbone(key)}
                kinds.setdefault(tuple(entries.items()), []).append(job.backbone)
            if not kinds:
                continue
            keys = unique(key for entries in kinds for key, _ in entries)
            rows = [(words(key), *(dict(entries).get(key, NOTHING) for entries in kinds)) for key in keys]
            members = [', '.join(unique(labels)) for labels in kinds.values()]
            header = ('', *members) if len(kinds) > 1 else ()
            tables.append(Table(f'{title_of(task)}, {protocol}', header, rows))
    return tables
