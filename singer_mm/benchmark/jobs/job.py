"""One cell of the table: a backbone, a task, a protocol, a seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from singer_mm.benchmark.tasks import PROTOCOLS, TASKS, Task
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.errors import ConfigError
from singer_mm.utils.checkpoint_io import find_latest_checkpoint
from singer_mm.utils.job_processes import read_failure

from .settings import Settings

CHECKPOINTS = 10
"""How many checkpoints a training writes: a kill costs a tenth of it."""


@dataclass(frozen=True)
class Job:
    """A cell of the table and the folder in which it is computed.

    Attributes:
        label: Name of the backbone in the table.
        reference: The backbone, as :func:`resolve_backbone` takes it.
        task: The task.
        seed: Seed of the head and of the data order.
        settings: What all jobs of a table have in common.
    """

    label: str
    reference: str
    task: Task
    seed: int
    settings: Settings

    @property
    def protocol(self) -> str:
        """Name of the config."""
        return PROTOCOLS[self.settings.protocol][self.task.name]

    @property
    def folder(self) -> Path:
        """Where everything of this job lies."""
        return self.settings.out / self.label / self.task.name / self.protocol / f'seed{self.seed}'

    @property
    def progress_file(self) -> Path:
        """Where a running training says how far it is."""
        return self.folder / 'progress'

    @property
    def head_job(self) -> Job | None:
        """The job whose head this one evaluates."""
        if self.task.head_of is None:
            return None
        return Job(self.label, self.reference, TASKS[self.task.head_of], self.seed, self.settings)

    @property
    def title(self) -> str:
        """For people."""
        seed = f', seed {self.seed}' if self.settings.seeds > 1 else ''
        return f'{self.label}: {self.task.title}{seed}'

    def config(self) -> Config:
        """Return the resolved config: all that decides the result, and nothing of where it is computed.

        Raises:
            SingerError: If config, backbone or data are missing.
        """
        path = self.settings.configs / self.task.name / f'{self.protocol}.py'
        if not path.is_file():
            raise ConfigError(f'config {path} does not exist.')
        cfg = Config.fromfile(path)
        cfg.merge_from_dict({key: value for task, key, value in self.settings.options if task == self.task.name})
        use_data(cfg, self.settings.data)
        resolve_backbone(cfg, self.reference)
        cfg.randomness = dict(seed=self.seed)
        if self.settings.amp and cfg.model.backbone.get('frozen'):
            cfg.model.backbone.autocast = 'bfloat16'
        return cfg

    def place(self, cfg: Config) -> None:
        """Let a config write into the job's folder, and train on from the last checkpoint there, in place."""
        cfg.work_dir = str(self.folder)
        for metric in cfg.test_evaluator:
            if metric['type'].endswith('PredictionRecorder'):
                metric['out_file'] = str((self.folder / 'predictions.npz').resolve())
        if cfg.get('train_cfg'):
            interval = max(1, cfg.train_cfg.max_epochs // CHECKPOINTS)
            cfg.default_hooks.checkpoint.update(interval=interval, max_keep_ckpts=2)
            progress = dict(type='singer_mm.ProgressFileHook', path=str(self.progress_file))
            cfg.custom_hooks = [*cfg.get('custom_hooks', []), progress]
            checkpoint = find_latest_checkpoint(cfg.work_dir)
            if checkpoint is not None:
                cfg.resume, cfg.load_from = True, str(checkpoint)

    def head_result(self) -> dict[str, Any] | None:
        """Return the result of the job whose head this one evaluates, if it trains none itself.

        Raises:
            ConfigError: If that has not been trained.
        """
        head = self.head_job
        if head is None:
            return None
        result = head.read_result()
        if result is None or head.read_failure() is not None:
            raise ConfigError(
                f'{self.task.title} evaluates the head of {head.task.title}, which has not been trained; fix that one.'
            )
        return result

    def head_checkpoint(self) -> str | None:
        """Return the file of the trained head that this job evaluates, if it trains none itself.

        Raises:
            ConfigError: If it is gone.
        """
        head = self.head_job
        if head is None:
            return None
        checkpoint = find_latest_checkpoint(head.folder)
        if checkpoint is None:
            raise ConfigError(f'{head.folder} has lost its checkpoint; remove this folder and run again.')
        return str(checkpoint)

    def read_result(self) -> dict[str, Any] | None:
        """Return the result, if the job has finished."""
        path = self.folder / 'result.json'
        result: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
        return result

    def read_failure(self) -> str | None:
        """Return the sentence with which the job has failed, if it has."""
        return read_failure(self.folder)


def use_cache(job: Job, cfg: Config) -> bool:
    """Tell whether a job reads cached features: it has a frozen backbone, and a pipeline without augmentation."""
    return job.settings.cache is not None and bool(cfg.model.backbone.get('frozen')) and bool(cfg.get('cache_pipeline'))
