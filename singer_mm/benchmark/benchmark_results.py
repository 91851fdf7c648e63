"""What a benchmark wrote: one entry for each backbone, task, protocol and seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from singer_mm.errors import ConfigError

TASK_TITLES = {
    'imagenet1k': 'ImageNet-1K',
    'imagenet_r': 'ImageNet-R',
    'imagenet_v2': 'ImageNet-v2',
    'ade20k': 'ADE20K',
    'nyud': 'NYUd-v2',
    'inat2019': 'iNat2019',
    'aircraft': 'FGVC-Aircraft',
    'pets': 'Oxford-IIIT Pet',
    'food101': 'Food-101',
    'flowers102': 'Flowers-102',
    'coco': 'COCO',
}


@dataclass(frozen=True)
class Job:
    """One evaluation of one backbone, finished or failed.

    Attributes:
        task: Key of ``TASK_TITLES``.
        protocol: File name of the task's config.
        backbone: Label of the backbone.
        seed: Seed of the head's training.
        metrics: Name to number; empty where the job failed.
        error: Why it failed, in one sentence.
        fingerprint: How the number was measured: image size, crop, split, ...
        alarms: Self-checks that did not pass, one sentence each.
        seconds: Duration.
        n_evaluated: Number of distinct samples that were evaluated.
        n_dataset: Number of samples of the test set.
        backbone_facts: Reference, width, hash, ... of the backbone.
    """

    task: str
    protocol: str
    backbone: str
    seed: int
    metrics: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    seconds: float | None = None
    n_evaluated: int | None = None
    n_dataset: int | None = None
    backbone_facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Everything that tells it from other jobs."""
        return f'{self.backbone}, {self.task}, {self.protocol}, seed {self.seed}'

    @property
    def folder(self) -> Path:
        """Where it worked, below the benchmark's folder."""
        return Path(self.backbone, self.task, self.protocol, f'seed{self.seed}')


@dataclass(frozen=True)
class BenchmarkResults:
    """All jobs of one benchmark in the order in which they were asked for."""

    jobs: tuple[Job, ...]
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
        return [task for task in TASK_TITLES if task in asked] + [task for task in asked if task not in TASK_TITLES]

    @property
    def protocols(self) -> list[str]:
        """Protocols, in order."""
        return unique(job.protocol for job in self.jobs)

    def select(self, **wanted: Any) -> list[Job]:
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
        jobs = tuple(as_job(entry) for entry in content['jobs'])
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


def as_job(entry: Mapping[str, Any]) -> Job:
    """Read one entry of ``jobs``; of a failed job the backbone may be the label alone."""
    backbone = entry['backbone']
    facts = {'label': backbone} if isinstance(backbone, str) else dict(backbone)
    return Job(
        task=entry['task'],
        protocol=entry['protocol'],
        backbone=facts.pop('label'),
        seed=int(entry.get('seed') or 0),
        metrics=entry.get('metrics') or {},
        error=entry.get('error'),
        fingerprint=entry.get('fingerprint') or {},
        alarms=tuple(entry.get('alarms') or ()),
        seconds=entry.get('seconds'),
        n_evaluated=entry.get('n_evaluated'),
        n_dataset=entry.get('n_dataset'),
        backbone_facts=facts,
    )
