"""Flowers-102: ``Flowers102/{jpg/image_00001.jpg, imagelabels.mat, setid.mat}``, labels and image numbers from 1."""

import numpy as np

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_stems, read_mat
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 102


def check_flowers102(folder: PreparedFolder) -> DatasetFacts:
    """Check Flowers-102, see :func:`check_dataset`."""
    images = folder.part('jpg')
    label_file, split_file = folder.part('imagelabels.mat'), folder.part('setid.mat')
    (labels,) = read_mat(label_file, ('labels',))
    train, val, test = read_mat(split_file, ('trnid', 'valid', 'tstid'))
    if labels.size == 0 or labels.min() < 1 or labels.max() > NUM_CLASSES:
        least, most = (int(labels.min()), int(labels.max())) if labels.size else (0, 0)
        raise folder.error(
            f'{label_file} has labels from {least} to {most}; they must be 1 to {NUM_CLASSES}, since the loader '
            'subtracts 1: add 1 if they count from 0'
        )
    splits = {'train': train, 'val': val, 'trainval': np.concatenate([train, val]), 'test': test}
    every = np.concatenate([train, val, test])
    if every.size == 0 or every.min() < 1 or every.max() > labels.size:
        raise folder.error(
            f'{split_file} names an image number outside of 1 to {labels.size}, the length of imagelabels.mat; numbers '
            'count from 1: download both files again'
        )
    if len(train) == folder.expected.get('test') and len(test) < len(train):
        raise folder.error(
            f'{split_file}: trnid and tstid are exchanged, {len(train):,} and {len(test):,} images; training uses '
            'trnid with valid, and tstid is the test set although it is the largest: restore the official file'
        )
    names = {split: [f'image_{number:05d}' for number in numbers] for split, numbers in splits.items()}
    folder.check_disjoint(names['trainval'], names['test'], ('trnid and valid', 'tstid'))
    facts = folder.facts(
        names,
        len(np.unique(labels[splits['trainval'] - 1])),
        hints={
            'trainval': 'trnid with valid; tstid is the test set although it is the largest',
            'test': 'tstid, although it is the largest; not trnid',
        },
    )
    present = list_stems(images)
    for split in ('trainval', 'test'):
        folder.check_listed(names[split], present, images, split_file)
        folder.check_samples(images / f'{name}.jpg' for name in names[split])
    return facts
