"""Which jobs a table needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from singer_mm.benchmark.tasks import select_tasks
from singer_mm.engine.config.backbone_reference import TIMM_SOURCES, backbone_config
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.errors import ConfigError, DataError

from .job import Job
from .settings import Settings

LONGEST_LABEL = 200
"""Bytes; a file system takes 255, and an ending follows."""


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

    Raises:
        ConfigError: If the label is ``.``, ``..`` or too long: results lie in a folder of that name.
    """
    label, reference = _split(argument)
    if not label:
        path = Path(reference.rpartition('=')[2])
        label = (
            f'{path.resolve().parent.name}-{path.stem}' if path.suffix in ('.pth', '.pt', '.safetensors') else reference
        )
    label = re.sub(r'[^\w.-]+', '_', label)
    if not label.strip('.') or len(label.encode()) > LONGEST_LABEL:
        raise ConfigError(
            f'label {label!r} of {argument} cannot name a folder: it must not be dots alone, nor longer than '
            f'{LONGEST_LABEL} bytes; write another LABEL:BACKBONE.'
        )
    return label, reference


def _split(argument: str) -> tuple[str, str]:
    # A colon in the name of a file that is there separates nothing; else the last one does, but for that of `hf-hub:`,
    # which belongs to timm's name.
    for start in [0, *(match.end() for match in re.finditer(':', argument))]:
        reference = argument[start:]
        name, _, file = reference.partition('=')  # NAME=FILE, or a path that may have an equals sign of its own
        if any(Path(path).expanduser().is_file() for path in (reference, '' if ':' in name else file)):
            return argument[: max(start - 1, 0)], reference
    sources = '|'.join(map(re.escape, TIMM_SOURCES))
    parts = re.fullmatch(rf'(?:(.*?):)??((?:{sources})?[^:]*)', argument, flags=re.DOTALL)
    assert parts is not None  # whatever follows the last colon fits
    return parts[1] or '', parts[2]
