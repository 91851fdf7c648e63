"""What one job of a benchmark has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class JobResult:
    """One evaluation of one backbone, finished or failed.

    Attributes:
        task: Name of the task.
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

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> JobResult:
        """Read one entry of ``results.json``; of a failed job the backbone may be the label alone."""
        backbone = entry['backbone']
        facts = {'label': backbone} if isinstance(backbone, str) else dict(backbone)
        return cls(
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
