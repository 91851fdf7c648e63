"""ImageNet-v2: ``imagenetv2-matched-frequency-format-val/{0..999}/*.jpeg``; the folder's name is the label."""

from __future__ import annotations

from singer_mm.datasets.image_listing import list_folders
from singer_mm.errors import DataError
from singer_mm.preparation.class_lists import check_class_lists
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 1000
PER_CLASS = 10


def check_imagenet_v2(folder: PreparedFolder) -> DatasetFacts:
    """Check ImageNet-v2, see :func:`check_dataset`."""
    labels = {str(label): label for label in range(NUM_CLASSES)}
    names = list_folders(folder.path)
    if str(NUM_CLASSES) in names and '0' not in names:
        raise DataError(
            f'{folder.path} numbers its folders 1 to 1000; the official ones are 0 to 999 and a label is the number '
            f'itself: rename each to one less, or {folder.again}.'
        )
    strangers = [name for name in names if name not in labels]
    if strangers:
        raise DataError(
            f'{folder.path / strangers[0]} is none of the folders 0 to 999 (numbers without leading zeros, no wnids) '
            f'of the format-val archive; remove or rename it ({len(strangers):,} such folders), or {folder.again}.'
        )
    check_class_lists(folder.path, labels, 'the label is the number that the folder is named after')
    images = {name: list_images(folder.path / name) for name in sorted(names, key=int)}
    missing = [name for name in (names if folder.is_mini else labels) if not images.get(name)]
    if missing:
        raise DataError(
            f'{folder.path} lacks the images of {len(missing):,} classes, {missing[0]} for example; copy them, or '
            f'{folder.again}.'
        )
    facts = folder.facts({'val': sum(map(len, images.values()))}, len(images))
    uneven = [name for name in images if len(images[name]) != PER_CLASS]
    if uneven and not folder.is_mini:
        raise DataError(
            f'{folder.path / uneven[0]} holds {len(images[uneven[0]])} images where every class has {PER_CLASS}; '
            f'{folder.again}.'
        )
    folder.check_samples(folder.path / name / image for name in images for image in images[name])
    return facts
