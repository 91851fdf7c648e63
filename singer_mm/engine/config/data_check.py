"""Check the official datasets before a config trains or tests on them."""

import os
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log

from singer_mm.errors import DataError, SingerError
from singer_mm.preparation import OFFICIAL, check_dataset

from .dataloaders import dataloaders, leaf_datasets

WITHOUT_LABELS = 'UnlabelledImages'
"""Dataset that takes a folder of any images with any name."""


def check_data(cfg: Config) -> None:
    """Check each official dataset of a config with resolved data folder as the benchmark does (:func:`check_dataset`).

    A dataset is official if it is in its usual folder, such as ``coco`` or ``ade/ADEChallengeData2016``. One process
    checks, and all processes end with its result, so that none waits for the others.

    Raises:
        DataError: In every process, if a dataset is missing, half copied or wrongly prepared.
    """
    found = [_first_fault(cfg) if is_main_process() else None]
    broadcast_object_list(found)
    if found[0] is not None:
        raise DataError(f'{found[0].rstrip(".")}; --skip-checks takes the data as they are.')


def _first_fault(cfg: Config) -> str | None:
    for name, root in dict.fromkeys(official_datasets(cfg)):
        try:
            print_log(f'data: {check_dataset(name, root)}', logger='current')
        except SingerError as error:
            return error.sentence
        except OSError as error:
            return f'{error.filename or root} cannot be read ({error.strerror})'
    return None


def official_datasets(cfg: Config) -> Iterator[tuple[str, str]]:
    """Yield name and data root of each official dataset with labels that a config reads."""
    for _, loader in dataloaders(cfg):
        for leaf in leaf_datasets(loader.dataset):
            place = Path(os.path.normpath(leaf.get('data_root') or '.'))
            for name, official in OFFICIAL.items():
                folder = Path(official.folder)
                below = place.parts[: -len(folder.parts)]
                if place.parts[len(below) :] == folder.parts and not str(leaf.get('type')).endswith(WITHOUT_LABELS):
                    yield name, str(Path(*below))
