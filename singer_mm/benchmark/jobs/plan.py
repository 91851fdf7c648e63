"""Which jobs a table needs."""

import re
from collections.abc import Sequence
from pathlib import Path

from singer_mm.benchmark.tasks import select_tasks
from singer_mm.engine.config.backbone_label import split_label
from singer_mm.engine.config.backbone_reference import backbone_config
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
        label, reference = split_folder_label(argument)
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


def split_folder_label(argument: str) -> tuple[str, str]:
    """Return label and reference of ``[LABEL:]BACKBONE`` (:func:`split_label`); the label can name a folder.

    Raises:
        ConfigError: If the label is ``.``, ``..`` or too long: a folder with this name holds the results.
    """
    label, reference = split_label(argument)
    label = re.sub(r'[^\w.-]+', '_', label)
    if not label.strip('.') or len(label.encode()) > LONGEST_LABEL:
        raise ConfigError(
            f'label {label!r} of {argument} cannot name a folder: it must not be dots alone, nor longer than '
            f'{LONGEST_LABEL} bytes; write another LABEL:BACKBONE.'
        )
    return label, reference
