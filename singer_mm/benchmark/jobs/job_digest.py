"""Whether an earlier result still holds."""

import hashlib
import json
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope

from singer_mm.datasets.data_digest import data_digest
from singer_mm.engine.config.data_folder import as_in_default_folder, data_folder
from singer_mm.engine.config.dataloaders import dataloaders, leaf_datasets
from singer_mm.preparation import OFFICIAL

from .job import Job, use_cache


def job_digest(job: Job, cfg: Config, backbone_sha256: str) -> str:
    """Return a name for all that decides a job's result, its data included.

    Where the data lie does not count; see :func:`data_digest` for what does.

    Args:
        job: The job.
        cfg: Its resolved config.
        backbone_sha256: Of the backbone.

    Raises:
        ConfigError: If the job evaluates a head that has not been trained.
        DataError: If data are missing.
    """
    head = job.head_result()
    content = dict(
        config=as_in_default_folder(cfg),
        backbone=backbone_sha256,
        cached=use_cache(job, cfg),
        head=head and head['config_digest'],
        miniature=_manifest(job),
        data=_data_digests(cfg),
    )
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _data_digests(cfg: Config) -> list[str]:
    """Return the digest of each dataset of a config, but of each only once, whatever is done to its images."""
    init_default_scope(cfg.default_scope)
    leaves = {}
    for _, loader in dataloaders(cfg):
        for leaf in leaf_datasets(loader.dataset):
            unprocessed = {**leaf, 'pipeline': []}
            leaves[json.dumps(unprocessed, sort_keys=True, default=str)] = unprocessed
    return [data_digest(DATASETS.build(leaves[key])) for key in sorted(leaves)]


def _manifest(job: Job) -> str | None:
    official = OFFICIAL[job.task.dataset]
    root = Path(data_folder(job.settings.data))
    paths = [root / folder / 'mini.json' for folder in (official.folder, official.top)]
    return next((path.read_text() for path in paths if path.is_file()), None)
