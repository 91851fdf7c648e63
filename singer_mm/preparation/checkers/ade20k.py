"""ADE20K: ``ade/ADEChallengeData2016/{images,annotations}/{training,validation}/ADE_*.{jpg,png}``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from singer_mm.errors import DataError
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_images, read_image
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 150
SPLITS = {'train': 'training', 'val': 'validation'}


def check_masks(folder: PreparedFolder, masks: list[Path], images: list[Path]) -> None:
    """Check mode, size and label range of some masks.

    Raises:
        DataError: If they are not the label maps of the scene parsing challenge.
    """
    largest = 0
    for mask_path, image_path in zip(masks, images, strict=True):
        mask, image = read_image(mask_path), read_image(image_path)
        if mask.mode not in ('L', 'P'):
            raise DataError(
                f'{mask_path} has colour mode {mask.mode} where a mask has one byte for each pixel; take the masks of '
                f'ADEChallengeData2016, not of the full ADE20K, or {folder.again}.'
            )
        if mask.size != image.size:
            raise DataError(
                f'{mask_path} measures {mask.size} and its image {image.size}; take the masks in their original size, '
                f'or {folder.again}.'
            )
        labels = np.unique(np.asarray(mask))
        if labels[-1] > NUM_CLASSES:
            raise DataError(
                f'{mask_path} holds the unknown label {labels[-1]}; masks have 0 for "other" and 1 to {NUM_CLASSES} '
                f'for the classes, not yet shifted by one: take them from the official archive, or {folder.again}.'
            )
        largest = max(largest, int(labels[-1]))
    if masks and largest == 0:
        raise DataError(
            f'{masks[0].parent} has masks without any class (all pixels 0); take them from the official archive, or '
            f'{folder.again}.'
        )


def check_ade20k(folder: PreparedFolder) -> DatasetFacts:
    """Check ADE20K, see :func:`check_dataset`."""
    counts: dict[str, int] = {}
    pairs: dict[str, tuple[list[Path], list[Path]]] = {}
    for split, long_name in SPLITS.items():
        images, masks = folder.part(f'images/{long_name}'), folder.part(f'annotations/{long_name}')
        stems = [name[:-4] for name in list_images(images, ('.jpg',))]
        foreign = 'ADE_val_' if split == 'train' else 'ADE_train_'
        strangers = [stem for stem in stems if stem.startswith(foreign)]
        if strangers:
            raise DataError(
                f'{images / strangers[0]}.jpg is of the other split; training and validation are exchanged or mixed: '
                f'rename the folders of images and annotations, or {folder.again}.'
            )
        folder.check_listed(stems, [name[:-4] for name in list_images(masks, ('.png',))], masks, images)
        counts[split] = len(stems)
        sample = evenly(stems)
        pairs[split] = ([masks / f'{stem}.png' for stem in sample], [images / f'{stem}.jpg' for stem in sample])
    facts = folder.facts(counts, folder.expected_classes or NUM_CLASSES)
    for sampled_masks, sampled_images in pairs.values():
        check_masks(folder, sampled_masks, sampled_images)
    return facts
