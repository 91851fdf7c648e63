"""The entry point of all checkers."""

from pathlib import Path

from singer_mm.errors import ConfigError

from .checkers import CHECKERS
from .dataset_facts import DatasetFacts
from .prepared_folder import PreparedFolder


def check_dataset(name: str, root: str | Path, checksums: bool = False) -> DatasetFacts:
    """Check that a dataset is prepared as its configs need it.

    Folders are listed and annotation files parsed, but only about 16 images per split are opened. This takes seconds
    for the training sets of COCO and ImageNet, so that it can run before every benchmark. A dataset with a
    ``mini.json`` is compared with the counts in this file instead of the official ones: see :class:`PreparedFolder`.

    Args:
        name: imagenet, imagenet_r, imagenet_v2, ade20k, nyud, inat2019, aircraft, pets, food101, flowers102 or coco.
        root: Data root (``data``, ``data/mini``); the folder below it is fixed for each dataset.
        checksums: Whether to compare the MD5 of official files in the folder, if it is known.

    Raises:
        ConfigError: If there is no such dataset.
        DataError: If it is missing, incomplete or wrongly prepared.
    """
    if name not in CHECKERS:
        raise ConfigError(f'there is no dataset {name!r}; allowed are {", ".join(CHECKERS)}.')
    folder = PreparedFolder(name, root)
    facts = CHECKERS[name](folder)
    if checksums:
        folder.check_checksums()
    return facts
