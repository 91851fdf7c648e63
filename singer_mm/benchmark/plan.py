"""Which jobs a table needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from singer_mm.engine.config.backbone_reference import TIMM_SOURCES, backbone_config
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.errors import ConfigError, DataError

from .job import Job
from .settings import Settings
from .tasks import select_tasks


def plan_jobs(backbones: Sequence[str], tasks: Sequence[str], settings: Settings) -> list[Job]:
    """Return the jobs, task by task within a backbone.

    Args:
        backbones: References, each with an optional ``LABEL:`` in front.
        tasks: Names of tasks, or ``all``.
        settings: What the jobs have in common.

    Raises:
        ConfigError: If a name is unknown, or two backbones have one label.
        DataError: If there is no folder of datasets.
    """
    if settings.seeds < 1:
        raise ConfigError(f'--seeds is {settings.seeds}, and must be at least 1.')
    root = data_folder(settings.data)
    if not Path(root).is_dir():
        remedy = (
            'python tools/make_mini_suite.py makes it' if settings.data == 'mini' else 'see docs/prepare_datasets.md'
        )
        raise DataError(f'data folder {root} does not exist; {remedy}.')
    labelled = dict[str, str]()
    for argument in backbones:
        label, reference = split_label(argument)
        backbone_config(reference)  # does the file exist?
        if label in labelled:
            raise ConfigError(f'two backbones are labelled {label!r}; write LABEL:BACKBONE to tell them apart.')
        labelled[label] = reference
    selected = select_tasks(tasks, settings.protocol)
    return [
        Job(label, reference, task, seed, settings)
        for label, reference in labelled.items()
        for task in selected
        for seed in range(settings.seeds)
    ]


def split_label(argument: str) -> tuple[str, str]:
    """Return label and reference of ``[LABEL:]BACKBONE``.

    Without a label, a timm name stands for itself, and a file has the name of its folder and its own, as in
    ``vitl_vitt-student`` for ``work_dirs/singer/vitl_vitt/student.pth``.
    """
    # As short a label as may be: the colon of `hf-hub:` belongs to timm's name.
    sources = '|'.join(map(re.escape, TIMM_SOURCES))
    parts = re.fullmatch(rf'(?:(.*?):)??((?:{sources})?[^:]*)', argument, flags=re.DOTALL)
    assert parts is not None  # whatever follows the last colon fits
    label, reference = parts[1] or '', parts[2]
    if not label:
        path = Path(reference.rpartition('=')[2])
        label = (
            f'{path.resolve().parent.name}-{path.stem}' if path.suffix in ('.pth', '.pt', '.safetensors') else reference
        )
    return re.sub(r'[^\w.-]+', '_', label), reference
