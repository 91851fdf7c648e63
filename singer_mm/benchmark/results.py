"""What the jobs of a table have found, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from singer_mm.benchmark.jobs.job import Job
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.machine import describe_machine, versions

from .tasks import Task

FRACTIONS = ('coco/',)
"""Metrics with these prefixes are fractions, and shown in percent."""


def headline(task: Task, metrics: dict[str, float]) -> float | None:
    """Return the number that stands for a task: percent, or metres; None if the test did not give it."""
    value = metrics.get(task.metric)
    return 100 * value if value is not None and task.metric.startswith(FRACTIONS) else value


def write_results(jobs: Sequence[Job], out: Path, command: str) -> Path:
    """Collect results and failures into ``results.json``, in the order of the jobs.

    Args:
        jobs: All jobs of the table.
        out: Folder of the table.
        command: The command line, for the report.
    """
    entries: list[dict[str, Any]] = []
    for job in jobs:
        result = job.read_result()
        if result is None or job.read_failure() is not None:
            error = job.read_failure() or 'not run'
            result = dict(
                task=job.task.name, protocol=job.protocol, backbone=dict(label=job.label), seed=job.seed, error=error
            )
        entries.append(dict(result, folder=str(job.folder.relative_to(out))))
    content = dict(jobs=entries, versions=versions(), machine=describe_machine(), command=command)
    path = out / 'results.json'
    write_json(path, content)
    return path
