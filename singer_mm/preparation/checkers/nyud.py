"""NYUd-v2 as mmseg reads it: ``nyu/{images,annotations}/{train,test}/*.{jpg,png}``, depth as uint16 millimetres.

The labelled set, with filled-in depth, is optional: ``train_labelled`` and ``test_labelled``.
"""

import filecmp
from collections.abc import Sequence

import numpy as np

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_stems, read_image
from singer_mm.preparation.prepared_folder import PreparedFolder

SIZE = (640, 480)
LABELLED = ('train_labelled', 'test_labelled')
MAX_DEPTH = 10.0
MILLIMETRES = 1000.0
# The sensor measures nothing nearer than about 0.5 m, and half of the rooms are deeper than 2 m.
NEAREST_MEDIAN = 0.7
# Number of maps that are opened for each split. Some room among them always fills more than half of the sensor's
# range, which halved depth cannot. Fewer than MANY_MAPS maps are no proof.
SAMPLE = 64
MANY_MAPS = 16
UNITS = 'depth is a 16-bit PNG in millimetres, 0 where unknown, and is divided by 1000 once'


def check_depths(folder: PreparedFolder, split: str, stems: Sequence[str]) -> None:
    """Check size, bit depth and unit of some depth maps.

    Raises:
        DataError: If the unit is not millimetres (but metres, centimetres or half millimetres), a map is empty, or the
            size is not 640 x 480, which the Eigen crop needs.
    """
    largest, medians = 0.0, []
    depths = folder.path / 'annotations' / split
    for stem in stems:
        path = depths / f'{stem}.png'
        depth, image = read_image(path), read_image(folder.path / 'images' / split / f'{stem}.jpg')
        if depth.size != SIZE or image.size != SIZE:
            raise folder.error(
                f'{path} measures {depth.size} and its image {image.size}, but both must measure {SIZE}; prepare them '
                'without resizing or cropping'
            )
        if not depth.mode.startswith('I'):
            raise folder.error(f'{path} has colour mode {depth.mode}, but {UNITS}: convert it')
        known = np.asarray(depth)[np.asarray(depth) > 0] / MILLIMETRES
        metres = float(known.max(initial=0.0))
        if metres > MAX_DEPTH:
            raise folder.error(
                f'{path} reaches {metres:.1f} m after division by 1000, more than the {MAX_DEPTH:.0f} m of the sensor; '
                f'{UNITS}: convert it to millimetres'
            )
        if metres == 0:
            raise folder.error(f'{path} has no pixel of known depth; remove this pair')
        largest = max(largest, metres)
        medians.append(float(np.median(known)))
    if stems and largest < 0.1:
        raise folder.error(
            f'{depths}: no depth exceeds {largest:.4f} m after division by 1000; {UNITS}, but these maps hold metres '
            'or were divided before: convert them'
        )
    if stems and np.median(medians) < NEAREST_MEDIAN:
        raise folder.error(
            f'{depths}: the median depth is {np.median(medians):.2f} m after division by 1000, nearer than the sensor '
            f'measures; {UNITS}, but these maps seem to hold centimetres: convert them'
        )
    if len(stems) >= MANY_MAPS and largest <= MAX_DEPTH / 2:
        raise folder.error(
            f'{depths}: none of {len(stems)} maps is deeper than {largest:.2f} m after division by 1000, half the '
            f'range of the sensor; {UNITS}, but these maps seem to have another unit: convert them'
        )


def check_nyud(folder: PreparedFolder) -> DatasetFacts:
    """Check NYUd-v2, see :func:`check_dataset`."""
    stems: dict[str, list[str]] = {}
    labelled = [split for split in LABELLED if (folder.path / 'images' / split).exists()]
    for split in ('train', 'test', *labelled):
        images, depths = folder.part(f'images/{split}'), folder.part(f'annotations/{split}')
        stems[split] = list_stems(images)
        folder.check_listed(stems[split], list_stems(depths, '.png'), depths, images)
    for train, test in (('train', 'test'), LABELLED) if len(labelled) == 2 else (('train', 'test'),):
        # Equal names alone are no leak: a miniature numbers the rooms of both splits from 1.
        one, other = folder.path / 'images' / train, folder.path / 'images' / test
        both = [f'{stem}.jpg' for stem in set(stems[train]) & set(stems[test])]
        leaked = filecmp.cmpfiles(one, other, both, shallow=False)[0]
        folder.check_disjoint(leaked, leaked, (train, test))
    facts = folder.facts(
        stems,
        num_classes=None,
        hints={
            'train': 'the 24,231 pairs that the list of BTS names; not the 795 labelled ones',
            'test': 'the 654 frames that testNdxs of splits.mat names; not trainNdxs',
            'train_labelled': 'the 795 frames that trainNdxs of splits.mat names',
            'test_labelled': 'the 654 frames that testNdxs of splits.mat names; not trainNdxs',
        },
    )
    for split, names in stems.items():
        check_depths(folder, split, evenly(names, SAMPLE))
    return facts
