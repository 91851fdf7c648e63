"""iNaturalist 2019: ``inat2019/{train_val2019/<supercategory>/<category id>/*.jpg, train2019.json, val2019.json}``."""

import os
from pathlib import Path

from singer_mm.datasets.image_listing import list_folders
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images, read_json
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 1010


def read_split(folder: PreparedFolder, path: Path) -> dict[str, int]:
    """Return the category id of each image file that a json lists.

    Raises:
        DataError: If the ids are not the official ones.
    """
    content = read_json(path)
    try:
        categories = {category['id'] for category in content['categories']}
        names = {image['id']: image['file_name'] for image in content['images']}
        labels = {names[label['image_id']]: label['category_id'] for label in content['annotations']}
    except (KeyError, TypeError) as error:
        raise folder.error(
            f'{path} lacks images, annotations or categories of the competition ({error!r}); copy the official file'
        ) from error
    if not labels or len(labels) < len(names):
        raise folder.error(f'{path} has {len(labels):,} annotations for {len(names):,} images; copy the official file')
    allowed = set(range(NUM_CLASSES))
    if not categories <= allowed or not set(labels.values()) <= categories:
        odd = min((categories - allowed) or (set(labels.values()) - categories), key=str)
        raise folder.error(
            f'{path} has the category id {odd!r}; allowed: 0 to {NUM_CLASSES - 1}: copy the official file'
        )
    for name, label in labels.items():
        if name.split('/')[-2:-1] != [str(label)]:
            raise folder.error(
                f'{path} gives {name} the category id {label}, but the folder of an image is named by its id; the ids '
                'were numbered in directory order: copy the official file'
            )
    return labels


def check_inat2019(folder: PreparedFolder) -> DatasetFacts:
    """Check iNaturalist 2019, see :func:`check_dataset`."""
    images = folder.part('train_val2019')
    splits = {split: read_split(folder, folder.part(f'{split}2019.json')) for split in ('train', 'val')}
    folder.check_disjoint(splits['train'], splits['val'], ('train2019.json', 'val2019.json'))
    facts = folder.facts(
        splits,
        len(set(splits['train'].values())),
        hints={'val': 'the official val2019.json has 3 images of each class; a random part of train is another task'},
    )
    present = {
        os.path.join('train_val2019', group, category, name)
        for group in list_folders(images)
        for category in list_folders(images / group)
        for name in list_images(images / group / category)
    }
    for split, labels in splits.items():
        folder.check_listed(labels, present, images, folder.path / f'{split}2019.json')
        folder.check_samples(folder.path / name for name in labels)
    return facts
