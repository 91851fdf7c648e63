"""What a benchmark has found: written by its jobs into one file, read by its table and page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from singer_mm.errors import ConfigError
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.machine import describe_machine, versions

from .job_result import JobResult
from .jobs.job import Job
from .tasks import TASKS


@dataclass(frozen=True)
class BenchmarkResults:
    """All jobs of one benchmark in the order in which they were asked for."""

    jobs: tuple[JobResult, ...]
    versions: Mapping[str, Any]
    machine: str
    command: str

    @property
    def backbones(self) -> list[str]:
        """Labels, in order."""
        return unique(job.backbone for job in self.jobs)

    @property
    def tasks(self) -> list[str]:
        """Tasks that were asked for, in the order of the report."""
        asked = unique(job.task for job in self.jobs)
        return [task for task in TASKS if task in asked] + [task for task in asked if task not in TASKS]

    @property
    def protocols(self) -> list[str]:
        """Protocols, in order."""
        return unique(job.protocol for job in self.jobs)

    def select(self, **wanted: Any) -> list[JobResult]:
        """Return the jobs whose attributes have these values."""
        return [job for job in self.jobs if all(getattr(job, name) == value for name, value in wanted.items())]


def unique(values: Iterable[str]) -> list[str]:
    """Return each value once, in the order of its first appearance."""
    return list(dict.fromkeys(values))


def read_results(out: Path) -> BenchmarkResults:
    """Read ``results.json`` of a benchmark's folder.

    Raises:
        ConfigError: If it is missing, no JSON, or lacks what a job must have.
    """
    path = out / 'results.json'
    try:
        content = json.loads(path.read_text())
        jobs = tuple(JobResult.read(entry) for entry in content['jobs'])
    except FileNotFoundError as error:
        raise ConfigError(f'{path} does not exist; run tools/benchmark.py into {out} first.') from error
    except json.JSONDecodeError as error:
        raise ConfigError(f'{path} is no complete JSON ({error}); start tools/benchmark.py again.') from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f'{path} is no result of tools/benchmark.py ({error!r}); start it again.') from error
    if not jobs:
        raise ConfigError(f'{path} holds no job; ask tools/benchmark.py for at least one task.')
    return BenchmarkResults(
        jobs, content.get('versions') or {}, content.get('machine') or '', content.get('command') or ''
    )


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
