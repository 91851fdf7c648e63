"""Compute one cell of the table."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.downstream.feature_cache import FeatureCache, use_feature_cache
from singer_mm.engine.config.config_check import check_config
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.preparation import check_dataset
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.run_lock import only_run

from .backbone_facts import BackboneFacts, describe_backbone
from .feature_maps import save_feature_maps
from .fingerprint import fingerprint
from .job import Job, use_cache
from .job_digest import job_digest
from .self_checks import find_alarms

PICTURED = 'nyud'
"""Task whose test images show what the backbone sees: whole rooms, all of one size."""


def run_job(job: Job) -> dict[str, Any]:
    """Train and test, or return the result that is there already.

    An interrupted job goes on at its last checkpoint; one with other settings, backbone or data than the earlier run in
    the same folder starts anew. The data are looked at in any case: a result does not outlive them.

    Raises:
        SingerError: What went wrong, in a sentence; it is kept in ``failure.json``.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    with only_run(job.folder, '--out'):
        failure = job.folder / 'failure.json'
        failure.unlink(missing_ok=True)
        cfg = job.config()
        backbone = describe_backbone(job.label, job.reference, cfg)
        start = time.monotonic()
        facts = check_dataset(job.task.dataset, data_folder(job.settings.data))
        digest = job_digest(job, cfg, backbone.sha256)
        finished = job.read_result()
        if finished is not None and finished['config_digest'] == digest:
            return finished
        started = job.folder / 'job.json'
        if started.is_file() and json.loads(started.read_text())['config_digest'] != digest:
            _set_aside(job.folder)
        write_json(started, dict(config_digest=digest, title=job.title))
        marks = fingerprint(job, cfg, backbone, facts.is_mini)
        job.place(cfg)
        result = dict(_compute(job, cfg, backbone, marks), config_digest=digest)
        result['seconds'] = round(time.monotonic() - start, 1)
        write_json(job.folder / 'result.json', result)
        failure.unlink(missing_ok=True)  # of a second run that found the folder locked
        return result


def _compute(job: Job, cfg: Config, backbone: BackboneFacts, marks: dict[str, str]) -> dict[str, Any]:
    if job.task.name == PICTURED:
        save_feature_maps(cfg, job.folder / 'feature_maps.npz')
    head = job.head_checkpoint()
    if head is not None:
        cfg.load_from = head
    if use_cache(job, cfg):
        assert job.settings.cache is not None
        # It lives, and keeps its entries from being removed, until the end of this function.
        cache = FeatureCache(job.settings.cache, job.settings.cache_limit)
        use_feature_cache(cfg, cache, num_workers=job.settings.num_workers)
    check_config(cfg)
    runner = RUNNERS.build(cfg)
    if job.task.head_of is None and cfg.get('train_cfg'):
        runner.train()
    metrics = {key: float(value) for key, value in runner.test().items()}
    n_evaluated = int(metrics.pop('n_evaluated'))
    n_dataset = len(runner.test_dataloader.dataset)
    return dict(
        task=job.task.name,
        protocol=job.protocol,
        backbone=asdict(backbone),
        seed=job.seed,
        metrics=metrics,
        n_evaluated=n_evaluated,
        n_dataset=n_dataset,
        fingerprint=marks,
        alarms=find_alarms(job, metrics, n_evaluated, n_dataset),
    )


def _set_aside(folder: Path) -> None:
    """Move what a run with other settings left to ``before-<time>`` in the same folder.

    The file that tells of these settings goes last: a kill half-way leaves no checkpoint that nobody owns.
    """
    aside = folder / time.strftime('before-%Y%m%d-%H%M%S')
    aside.mkdir(exist_ok=True)
    for path in sorted(folder.iterdir(), key=lambda path: path.name == 'job.json'):
        if path.name not in ('lock', 'log.txt') and not path.name.startswith('before-'):
            path.rename(aside / path.name)
