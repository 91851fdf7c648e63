"""ImageNet-1K: ``imagenet/{train,val}/n01440764/*.JPEG``."""

import json
import re
from collections.abc import Collection
from importlib import resources
from pathlib import Path

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.preparation.class_lists import check_class_lists
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images
from singer_mm.preparation.prepared_folder import PreparedFolder

RULE = 'the label of a class is the position of its wnid in the canonical list of 1,000'


def wnid_folders(folder: PreparedFolder, path: Path, allowed: Collection[str], what: str) -> dict[str, list[str]]:
    """Return the image names of each class folder, see :meth:`PreparedFolder.class_folders`.

    Raises:
        DataError: If there are other folders, images outside of class folders, or classes without images.
    """
    loose = list_images(path)
    if loose:
        raise folder.error(
            f'{path} holds {len(loose):,} images outside of class folders, e.g. {loose[0]}; sort them into folders '
            'named by wnid'
        )
    return folder.class_folders(path, allowed, f'{what}, which are named by WordNet id, such as {next(iter(allowed))}')


def check_val_labels(folder: PreparedFolder, images: dict[str, list[str]]) -> None:
    """Compare the class folders of the official validation images with the ReaL labels that timm ships.

    The reassessed labels contain the original one for about nine images in ten. This is enough to recognise a
    permutation, usually the devkit's ``ILSVRC2012_ID`` in place of the canonical order.

    Raises:
        DataError: If most images lie in the folder of another class.
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
        raise folder.error(
            f'{folder.path / "val"}: {len(agree) - sum(agree):,} of {len(agree):,} images lie in the folder of another '
            "class; the devkit's ILSVRC2012_ID is not the canonical order: map it to wnids with its meta.mat"
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
                raise folder.error(
                    f'{folder.path / "train" / wnid / name} is a validation image; train and val are exchanged or '
                    'mixed: rename the folders'
                )
            owner = re.match(r'n\d{8}(?=_)', name)
            if owner and owner[0] != wnid:
                raise folder.error(
                    f'{folder.path / "train" / wnid / name} is an image of class {owner[0]}; the class folders are '
                    'named in the wrong order: rename them'
                )
    train, val = set(splits['train']), set(splits['val'])
    if train ^ val:
        lacking = 'train' if val - train else 'val'
        raise folder.error(
            f'{folder.path / lacking} lacks class {min(train ^ val)}, which the other split has; copy it'
        )
    check_class_lists(folder.path, {wnid: label for label, wnid in enumerate(wnids)}, RULE)
    paths = {
        split: [folder.path / split / wnid / name for wnid, names in images.items() for name in names]
        for split, images in splits.items()
    }
    facts = folder.facts(paths, len(train))
    if not folder.is_mini:
        check_val_labels(folder, splits['val'])
    for split in splits:
        folder.check_samples(paths[split])
    return facts
