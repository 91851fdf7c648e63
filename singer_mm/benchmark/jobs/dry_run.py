"""What a table will cost, and whether it can be made, before anything is computed for hours."""

import json
import shutil
import time
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from singer_mm.engine.config.batch_plan import BatchPlan
from singer_mm.engine.config.config_check import check_config
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.models.backbones.token_formats import VECTOR_TYPES
from singer_mm.preparation import check_dataset
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.duration import duration
from singer_mm.utils.job_processes import failure_of, start_job

from .feature_maps import whole_patches
from .job import Job, use_cache

REPORT = 'dry_run.json'


def dry_run(jobs: Sequence[Job], console: Console) -> dict[Job, str]:
    """Check data and config of each job, take one batch of it, and print an estimate of time and disk.

    Returns:
        The jobs that cannot be run, with their sentences.
    """
    failures: dict[Job, str] = {}
    table = Table('job', 'train', 'test', 'time', 'disk', title='dry run: estimates from one batch each')
    total_seconds, total_bytes, features = 0.0, 0, dict[str, int]()
    for job in jobs:
        process = start_job(job, try_job)
        process.join()
        failure = failure_of(job, process)
        if failure is not None:
            failures[job] = failure
            table.add_row(job.title, *['-'] * 4, style='red')
            sentence = escape(f'{job.title}: cannot be run: {failure}')
            console.print(sentence, style='red', highlight=False, soft_wrap=True)
            continue
        facts = json.loads((job.folder / REPORT).read_text())
        total_seconds += facts['seconds']
        total_bytes += facts['checkpoint_bytes']
        features[f'{job.label}/{job.task.name}'] = facts['feature_bytes']
        table.add_row(
            job.title,
            str(facts['train']),
            str(facts['test']),
            duration(facts['seconds']),
            _size(facts['checkpoint_bytes'] + facts['feature_bytes']),
        )
        console.print(f'{job.title}: can be run', highlight=False)
    console.print(table)
    console.print(
        f'about {duration(total_seconds)} on one device like this one, {_size(total_bytes)} of checkpoints, '
        f'{_size(sum(features.values()))} of cached features (shared by protocols and seeds).',
        highlight=False,
        soft_wrap=True,
    )
    return failures


def try_job(job: Job) -> None:
    """Take one batch of a job and note what it costs in ``dry_run.json``.

    Raises:
        SingerError: If data, config or backbone are not as they must be.
    """
    check_dataset(job.task.dataset, data_folder(job.settings.data))
    cfg = job.config()
    cached = use_cache(job, cfg)
    cfg.work_dir = str(job.folder / 'dry_run')
    check_config(cfg)
    runner = RUNNERS.build(cfg)
    test_loader = runner.build_dataloader(dict(cfg.test_dataloader, batch_size=min(cfg.test_dataloader.batch_size, 8)))
    test_images = len(test_loader.dataset)
    seconds = test_images * _time_backbone(runner, test_loader)
    report: dict[str, Any] = dict(train=0, test=test_images, checkpoint_bytes=0, feature_bytes=0)
    plan = BatchPlan.of(cfg, processes=1)
    if job.task.head_of is None and plan is not None:
        train_loader = runner.build_dataloader(dict(cfg.train_dataloader, batch_size=min(plan.micro_batch, 8)))
        report['train'] = len(train_loader.dataset)
        plan.check_filled_by(report['train'])
        step, forward = _time_step(runner, cfg, train_loader), _time_backbone(runner, train_loader, training=True)
        passes = cfg.train_cfg.max_epochs
        per_epoch = max(0.0, step - forward) if cached else step
        seconds += report['train'] * (passes * per_epoch + (forward if cached else 0.0))
        trainable = sum(value.numel() for value in runner.model.parameters() if value.requires_grad)
        report['checkpoint_bytes'] = 2 * 3 * 4 * trainable  # two files of weights and at most two moments, float32
    if cached:
        report['feature_bytes'] = (report['train'] + test_images) * _bytes_per_image(runner, test_loader)
    report['seconds'] = seconds
    write_json(job.folder / REPORT, report)
    shutil.rmtree(cfg.work_dir)


def _batch(runner: Runner, loader: Any, training: bool) -> dict[str, Any]:
    batch: dict[str, Any] = runner.model.data_preprocessor(next(iter(loader)), training)
    return batch


@torch.no_grad()
def _time_backbone(runner: Runner, loader: Any, training: bool = False) -> float:
    """Return seconds per image of a forward pass of the backbone, over images prepared for training or for testing."""
    inputs = _batch(runner, loader, training)['inputs']  # only in training are images of unequal size filled up
    if isinstance(inputs, list):
        inputs = torch.stack(inputs)
    inputs = whole_patches(inputs, runner.model.backbone.patch_size)
    runner.model.eval()
    for _ in range(2):  # the first one warms up
        start = time.perf_counter()
        runner.model.backbone(inputs)
        _wait()
    return (time.perf_counter() - start) / len(inputs)


def _time_step(runner: Runner, cfg: Any, loader: Any) -> float:
    """Return seconds per image of a training step."""
    optim_wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    batch = next(iter(loader))
    runner.model.train()
    for _ in range(2):
        start = time.perf_counter()
        runner.model.train_step(batch, optim_wrapper=optim_wrapper)
        _wait()
    return (time.perf_counter() - start) / loader.batch_size


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


@torch.no_grad()
def _bytes_per_image(runner: Runner, loader: Any) -> int:
    """Return what the cache takes of an image: half precision, of the last four blocks for vectors after the norm."""
    backbone = runner.model.backbone
    inputs = _batch(runner, loader, False)['inputs'][:1]
    if backbone.out_type in VECTOR_TYPES:
        return 2 * 2 * backbone.embed_dims * (4 if backbone.final_norm else len(backbone.out_indices))
    rows, columns = backbone.grid(whole_patches(inputs, backbone.patch_size))
    tokens = rows * columns + backbone.num_prefix_tokens
    return int(2 * tokens * backbone.embed_dims * len(backbone.out_indices))


def _size(number: int) -> str:
    return f'{number / 2**30:.1f} GiB' if number >= 2**29 else f'{number / 2**20:.0f} MiB'
