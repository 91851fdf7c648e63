"""ADE20K: ``ade/ADEChallengeData2016/{images,annotations}/{training,validation}/ADE_*.{jpg,png}``."""

from collections.abc import Iterable

import numpy as np

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_stems, read_image
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 150
SPLITS = {'train': 'training', 'val': 'validation'}


def check_masks(folder: PreparedFolder, split: str, stems: Iterable[str]) -> None:
    """Check mode, size and label range of some masks.

    Raises:
        DataError: If they are not the label maps of the scene parsing challenge.
    """
    largest = None
    masks = folder.path / 'annotations' / split
    for stem in stems:
        path = masks / f'{stem}.png'
        mask, image = read_image(path), read_image(folder.path / 'images' / split / f'{stem}.jpg')
        if mask.mode not in ('L', 'P'):
            raise folder.error(
                f'{path} has colour mode {mask.mode}, but a mask has one byte for each pixel; take the masks of '
                'ADEChallengeData2016, not of the full ADE20K'
            )
        if mask.size != image.size:
            raise folder.error(
                f'{path} measures {mask.size} and its image {image.size}; take the masks in their original size'
            )
        label = int(np.max(np.asarray(mask)))
        if label > NUM_CLASSES:
            raise folder.error(
                f'{path} holds the unknown label {label}; masks have 0 for "other" and 1 to {NUM_CLASSES} for the '
                'classes, not yet shifted by one: take them from the official archive'
            )
        largest = max(largest or 0, label)
    if largest == 0:
        raise folder.error(f'{masks} has masks without any class (all pixels 0); take them from the official archive')


def check_ade20k(folder: PreparedFolder) -> DatasetFacts:
    """Check ADE20K, see :func:`check_dataset`."""
    splits: dict[str, list[str]] = {}
    for split, long_name in SPLITS.items():
        images, masks = folder.part(f'images/{long_name}'), folder.part(f'annotations/{long_name}')
        splits[split] = list_stems(images)
        foreign = 'ADE_val_' if split == 'train' else 'ADE_train_'
        strangers = [stem for stem in splits[split] if stem.startswith(foreign)]
        if strangers:
            raise folder.error(
                f'{images / strangers[0]}.jpg belongs to the other split; training and validation are exchanged or '
                'mixed: rename the folders of images and annotations'
            )
        folder.check_listed(splits[split], list_stems(masks, '.png'), masks, images)
    facts = folder.facts(splits, folder.expected_classes or NUM_CLASSES)
    for split, long_name in SPLITS.items():
        check_masks(folder, long_name, evenly(splits[split]))
    return facts
