"""The one door to all checkers."""

from __future__ import annotations

from pathlib import Path

from singer_mm.errors import ConfigError

from .checkers import CHECKERS
from .dataset_facts import DatasetFacts
from .prepared_folder import PreparedFolder


def check_dataset(name: str, root: str | Path, checksums: bool = False) -> DatasetFacts:
    """Check that a dataset is prepared as its configs need it.

    Folders are listed and annotation files parsed; of the images only about 16 per split are opened. That is quick
    enough to run before every benchmark (COCO's and ImageNet's training sets take seconds).

    A dataset with a ``mini.json`` is compared with the counts that this file names instead of the official ones: see
    :class:`PreparedFolder`.

    Args:
        name: imagenet, imagenet_r, imagenet_v2, ade20k, nyud, inat2019, aircraft, pets, food101, flowers102 or coco.
        root: Data root (``data``, ``data/mini``); the folder below it is fixed for each dataset.
        checksums: Whether official files with a known MD5 that lie in the folder are hashed, too.

    Raises:
        ConfigError: If there is no such dataset.
        DataError: If it is missing, half copied or wrongly prepared.
    """
    if name not in CHECKERS:
        raise ConfigError(f'there is no dataset {name!r}; allowed are {", ".join(CHECKERS)}.')
    folder = PreparedFolder(name, root)
    facts = CHECKERS[name](folder)
    if checksums:
        folder.check_checksums()
    return facts
