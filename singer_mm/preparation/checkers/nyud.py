"""NYUd-v2 as mmseg reads it: ``nyu/{images,annotations}/{train,test}/*.{jpg,png}``, depth as uint16 millimetres.

The labelled set, whose depth is filled in, lies in ``train_labelled`` and ``test_labelled``, where it was prepared.
"""

from __future__ import annotations

import filecmp
from pathlib import Path

import numpy as np

from singer_mm.errors import DataError
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_images, read_image
from singer_mm.preparation.prepared_folder import PreparedFolder

SIZE = (640, 480)
LABELLED = ('train_labelled', 'test_labelled')
MAX_DEPTH = 10.0
MILLIMETRES = 1000.0
# The sensor sees nothing nearer than about 0.5 m, and half of the rooms are deeper than 2 m.
NEAREST_MEDIAN = 0.7
# So many maps are opened for each split: among them some room always fills more than half of the sensor's range, which
# depth that was halved cannot. Fewer than MANY_MAPS prove nothing.
SAMPLE = 64
MANY_MAPS = 16
UNITS = 'depth is a 16-bit PNG in millimetres, 0 where unknown, and is divided by 1000 once'


def image_path(folder: PreparedFolder, split: str, stem: str) -> Path:
    """Return where an image lies."""
    return folder.path / 'images' / split / f'{stem}.jpg'


def check_depths(folder: PreparedFolder, depths: list[Path], images: list[Path]) -> None:
    """Check size, bit depth and unit of some depth maps.

    Raises:
        DataError: If they are no millimetres (metres, centimetres, halved), empty, or of another size than 640 x 480
            (the Eigen crop needs it).
    """
    largest, medians = 0.0, []
    for depth_path, image_path in zip(depths, images, strict=True):
        depth, image = read_image(depth_path), read_image(image_path)
        if depth.size != SIZE or image.size != SIZE:
            raise DataError(
                f'{depth_path} measures {depth.size} and its image {image.size} where both measure {SIZE}; prepare '
                f'them without resizing or cropping: {folder.again}.'
            )
        if not depth.mode.startswith('I'):
            raise DataError(f'{depth_path} has colour mode {depth.mode}, but {UNITS}: {folder.again}.')
        known = np.asarray(depth)[np.asarray(depth) > 0] / MILLIMETRES
        metres = float(known.max(initial=0.0))
        if metres > MAX_DEPTH:
            raise DataError(
                f'{depth_path} reaches {metres:.1f} m after division by 1000, beyond the {MAX_DEPTH:.0f} m of the '
                f'sensor; {UNITS}: convert it to millimetres, or {folder.again}.'
            )
        if metres == 0:
            raise DataError(f'{depth_path} has no pixel of known depth; remove this pair, or {folder.again}.')
        largest = max(largest, metres)
        medians.append(float(np.median(known)))
    if depths and largest < 0.1:
        raise DataError(
            f'{depths[0].parent}: no depth exceeds {largest:.4f} m after division by 1000; {UNITS}, but these maps '
            f'hold metres or were divided before: {folder.again}.'
        )
    if depths and np.median(medians) < NEAREST_MEDIAN:
        raise DataError(
            f'{depths[0].parent}: the median depth is {np.median(medians):.2f} m after division by 1000, nearer than '
            f'the sensor sees; {UNITS}, but these maps seem to hold centimetres: {folder.again}.'
        )
    if len(depths) >= MANY_MAPS and largest <= MAX_DEPTH / 2:
        raise DataError(
            f'{depths[0].parent}: none of {len(depths)} maps is deeper than {largest:.2f} m after division by 1000, '
            f'half of what the sensor sees; {UNITS}, but these maps seem to be in another unit: {folder.again}.'
        )


def check_nyud(folder: PreparedFolder) -> DatasetFacts:
    """Check NYUd-v2, see :func:`check_dataset`."""
    stems: dict[str, list[str]] = {}
    labelled = [split for split in LABELLED if (folder.path / 'images' / split).exists()]
    for split in ('train', 'test', *labelled):
        images, depths = folder.part(f'images/{split}'), folder.part(f'annotations/{split}')
        stems[split] = [name[:-4] for name in list_images(images, ('.jpg',))]
        folder.check_listed(stems[split], [name[:-4] for name in list_images(depths, ('.png',))], depths, images)
    for train, test in (('train', 'test'), LABELLED) if len(labelled) == 2 else (('train', 'test'),):
        # Equal names alone are no leak: a miniature numbers the rooms of both splits from 1.
        leaked = [
            stem
            for stem in sorted(set(stems[train]) & set(stems[test]))
            if filecmp.cmp(image_path(folder, train, stem), image_path(folder, test, stem), shallow=False)
        ]
        folder.check_disjoint(leaked, leaked, (train, test))
    facts = folder.facts(
        {split: len(names) for split, names in stems.items()},
        num_classes=None,
        hints={
            'train': 'the 24,231 pairs that the list of BTS names; not the 795 labelled ones',
            'test': 'the 654 frames that testNdxs of splits.mat names; not trainNdxs',
            'train_labelled': 'the 795 frames that trainNdxs of splits.mat names',
            'test_labelled': 'the 654 frames that testNdxs of splits.mat names; not trainNdxs',
        },
    )
    for split, names in stems.items():
        sample = evenly(names, SAMPLE)
        check_depths(
            folder,
            [folder.path / 'annotations' / split / f'{stem}.png' for stem in sample],
            [image_path(folder, split, stem) for stem in sample],
        )
    return facts
