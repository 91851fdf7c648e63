"""All kinds of input: a name for the table, and what lists the inputs, given a folder for what they share."""

from collections.abc import Callable, Iterator
from pathlib import Path

from faults.fault_case import FaultCase

from . import archives, checkpoints, command_lines, config_files, config_values, datasets, folders, images, students

KINDS: dict[str, Callable[[Path], Iterator[FaultCase]]] = {
    'images': images.cases,
    'folders of images': folders.cases,
    'archives': archives.cases,
    'checkpoints': checkpoints.cases,
    'student files and weights': students.cases,
    'annotations and datasets': datasets.cases,
    'config files': config_files.file_cases,
    'values of --cfg-options': config_files.option_cases,
    'values in configs': config_values.cases,
    'command lines': command_lines.cases,
}
