"""ImageNet-1K: ``imagenet/{train,val}/n01440764/*.JPEG``."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

from singer_mm.datasets.image_listing import list_folders
from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.errors import DataError
from singer_mm.preparation.class_lists import check_class_lists
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images
from singer_mm.preparation.prepared_folder import PreparedFolder

RULE = "a class's label is the place of its wnid in the canonical list of 1,000"


def wnid_folders(folder: PreparedFolder, path: Path, allowed: tuple[str, ...], what: str) -> dict[str, list[str]]:
    """Return the image names of each class folder.

    Args:
        folder: The dataset.
        path: Folder of class folders.
        allowed: The wnids that may occur, and in the official dataset must.
        what: What ``allowed`` is called in an error.

    Raises:
        DataError: If there are other folders, images outside of class folders, or classes without images.
    """
    names = list_folders(path)
    strangers = sorted(set(names) - set(allowed))
    if strangers:
        raise DataError(
            f'{path / strangers[0]} is not named after one of {what}; class folders carry WordNet ids such as '
            f'{allowed[0]}: remove or rename it ({len(strangers):,} such folders), or {folder.again}.'
        )
    loose = list_images(path)
    if loose:
        raise DataError(
            f'{path} holds {len(loose):,} images outside of class folders, e.g. {loose[0]}; sort them into folders '
            f'named by wnid, or {folder.again}.'
        )
    images = {name: list_images(path / name) for name in names}
    required = names if folder.is_mini else allowed
    missing = [name for name in required if not images.get(name)]
    if missing:
        raise DataError(
            f'{path} lacks the images of {len(missing):,} of {len(required):,} classes, {missing[0]} for example; copy '
            f'them, or {folder.again}.'
        )
    return images


def check_val_labels(folder: PreparedFolder, images: dict[str, list[str]]) -> None:
    """Compare the class folders of the official validation images with the ReaL labels that timm ships.

    The reassessed labels contain the original one for about nine images in ten, so that a permutation (the devkit's
    ``ILSVRC2012_ID`` taken for the canonical order is the usual one) is unmistakable.

    Raises:
        DataError: If most images lie in a folder of another class.
    """
    real = json.loads((resources.files('timm.data') / '_info' / 'imagenet_real_labels.json').read_text())
    labels = {wnid: label for label, wnid in enumerate(imagenet_wnids())}
    agree = []
    for wnid, names in images.items():
        for name in names:
            number = re.fullmatch(r'ILSVRC2012_val_(\d{8})\.JPEG', name)
            if number and 1 <= int(number[1]) <= len(real) and real[int(number[1]) - 1]:
                agree.append(labels[wnid] in real[int(number[1]) - 1])
    if agree and sum(agree) < 0.5 * len(agree):
        raise DataError(
            f'{folder.path / "val"}: {len(agree) - sum(agree):,} of {len(agree):,} images lie in the folder of another '
            "class; the devkit's ILSVRC2012_ID is not the canonical order: map it to wnids with its meta.mat, or "
            f'{folder.again}.'
        )


def check_imagenet(folder: PreparedFolder) -> DatasetFacts:
    """Check ImageNet-1K, see :func:`check_dataset`."""
    wnids = imagenet_wnids()
    splits = {
        split: wnid_folders(folder, folder.part(split), wnids, 'the 1,000 classes of ImageNet-1K')
        for split in ('train', 'val')
    }
    for wnid, names in splits['train'].items():
        for name in names:
            if name.startswith('ILSVRC2012_val_'):
                raise DataError(
                    f'{folder.path / "train" / wnid / name} is a validation image; train and val are exchanged or '
                    f'mixed: rename the folders, or {folder.again}.'
                )
            owner = re.match(r'n\d{8}(?=_)', name)
            if owner and owner[0] != wnid:
                raise DataError(
                    f'{folder.path / "train" / wnid / name} is an image of class {owner[0]}; class folders were named '
                    f'in another order than their images: {folder.again}.'
                )
    train, val = set(splits['train']), set(splits['val'])
    if train ^ val:
        lacking = 'train' if val - train else 'val'
        raise DataError(
            f'{folder.path / lacking} lacks class {min(train ^ val)} that the other split has; copy it, or '
            f'{folder.again}.'
        )
    check_class_lists(folder.path, {wnid: label for label, wnid in enumerate(wnids)}, RULE)
    facts = folder.facts({split: sum(map(len, images.values())) for split, images in splits.items()}, len(train))
    if not folder.is_mini:
        check_val_labels(folder, splits['val'])
    for split, images in splits.items():
        folder.check_samples(folder.path / split / wnid / name for wnid in images for name in images[wnid])
    return facts
