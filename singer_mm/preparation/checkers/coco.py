"""COCO 2017: ``coco/{annotations/instances_{train,val}2017.json, train2017/*.jpg, val2017/*.jpg}``."""

import math
from pathlib import Path
from typing import Any

from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_images, read_image, read_json
from singer_mm.preparation.prepared_folder import PreparedFolder

# Official ids run from 1 to 90; ten of them were never annotated.
CATEGORIES = {
    number: name
    for number, name in enumerate(FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta['categories'])
    if name not in ('__background__', 'N/A')
}
# A box may exceed its image by this many pixels, and this share of boxes by more: rounding and known mistakes.
TOLERANCE = 2.0
TOLERATED_SHARE = 1e-4
# An object is not larger than its box; pixels on the border and known mistakes may add this factor.
LARGEST_FILLING = 1.5
NEEDED = ('id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'segmentation')


def check_categories(folder: PreparedFolder, path: Path, categories: dict[int, str]) -> None:
    """Compare category ids and names with the official ones.

    Raises:
        DataError: If the ids are contiguous, or belong to other names.
    """
    for number, name in categories.items():
        if CATEGORIES.get(number) != name:
            right = {name: number for number, name in CATEGORIES.items()}.get(name)
            belongs = f'whose id is {right}' if right else 'which is none of the 80'
            raise folder.error(
                f'{path} gives the id {number} to {name!r}, {belongs}; official ids are 1 to 90 with gaps, not 1 to '
                '80: take the official file'
            )
    if not folder.is_mini and len(categories) != len(CATEGORIES):
        raise folder.error(f'{path} has {len(categories)} of {len(CATEGORIES)} categories; take the official file')


def check_annotation(folder: PreparedFolder, path: Path, annotation: dict[str, Any]) -> None:
    """Check that an annotation has all keys that training and evaluation read, with finite numbers.

    Raises:
        DataError: If a key is missing or a value is not allowed.
    """
    name = f'{path}: annotation {annotation.get("id", "without id")}'
    missing = [key for key in NEEDED if key not in annotation]
    if missing:
        raise folder.error(f'{name} lacks {missing[0]!r}; take the official file')
    numbers = (*annotation['bbox'], annotation['area'])
    if len(numbers) != 5 or not all(map(math.isfinite, numbers)):
        raise folder.error(
            f'{name} has the bbox {annotation["bbox"]} and the area {annotation["area"]}, which must be four finite '
            'numbers and one: take the official file'
        )
    for key, fits, allowed in (
        ('id', type(annotation['id']) is int, 'a whole number'),
        ('area', annotation['area'] >= 0, 'a number from 0'),
        ('iscrowd', annotation['iscrowd'] in (0, 1), '0 or 1'),
        ('segmentation', _is_shape(annotation['segmentation']), 'a list of polygons, or a dict with counts and size'),
    ):
        if not fits:
            raise folder.error(
                f'{name} has {key} {str(annotation[key])[:60]!r}; allowed: {allowed}: take the official file'
            )


def _is_shape(value: Any) -> bool:
    """Return whether a segmentation has the form of polygons ``[[x, y, x, y, ...], ...]``, or of run lengths."""
    if isinstance(value, dict):
        return isinstance(value.get('counts'), list | str) and isinstance(value.get('size'), list)
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(part, list) and len(part) >= 4 and len(part) % 2 == 0 for part in value)
        and all(isinstance(part[0], int | float) for part in value)
    )


def check_boxes(folder: PreparedFolder, path: Path, content: dict[str, Any]) -> None:
    """Compare boxes with the sizes of their images, and ids with the lists of images and categories.

    Raises:
        DataError: If there are no boxes, or if boxes lie outside of the image, are smaller than their object, or name
            an image or category that does not exist.
    """
    sizes = {image['id']: (image['width'], image['height']) for image in content['images']}
    known = {category['id'] for category in content['categories']}
    if not content['annotations']:
        raise folder.error(f'{path} has no annotations; take instances_*.json, not image_info_*.json')
    seen: set[int] = set()
    outside, too_small = [], []
    for annotation in content['annotations']:
        check_annotation(folder, path, annotation)
        if annotation['id'] in seen:
            raise folder.error(f'{path} gives the id {annotation["id"]} to several annotations; take the official file')
        seen.add(annotation['id'])
        if annotation['image_id'] not in sizes or annotation['category_id'] not in known:
            raise folder.error(
                f'{path}: annotation {annotation["id"]} names the image_id {annotation["image_id"]} and the '
                f'category_id {annotation["category_id"]}, one of which the file does not list; take the official file'
            )
        left, top, width, height = annotation['bbox']
        image_width, image_height = sizes[annotation['image_id']]
        excess = max(-left, -top, -width, -height, left + width - image_width, top + height - image_height)
        if excess > TOLERANCE:
            outside.append(annotation)
        if annotation['area'] > LARGEST_FILLING * (max(width, 0) + 1) * (max(height, 0) + 1):
            too_small.append(annotation)
    for wrong, fault in ((outside, 'lie outside of their image'), (too_small, 'are smaller than their object')):
        if len(wrong) > TOLERATED_SHARE * len(content['annotations']):
            raise folder.error(
                f'{path}: {len(wrong):,} boxes {fault}, e.g. {wrong[0]["bbox"]} of annotation {wrong[0]["id"]} with an '
                f'area of {wrong[0]["area"]} in an image of {sizes[wrong[0]["image_id"]]}; boxes are [left, top, '
                'width, height] in pixels of the original image, not shares of it: take the official file'
            )


def check_coco(folder: PreparedFolder) -> DatasetFacts:
    """Check COCO 2017, see :func:`check_dataset`."""
    names: dict[str, list[str]] = {}
    classes: set[int] = set()
    for split in ('train', 'val'):
        path, images = folder.part(f'annotations/instances_{split}2017.json'), folder.part(f'{split}2017')
        content = read_json(path)
        try:
            check_categories(folder, path, {category['id']: category['name'] for category in content['categories']})
            check_boxes(folder, path, content)
            names[split] = [image['file_name'] for image in content['images']]
            sizes = {image['file_name']: (image['width'], image['height']) for image in content['images']}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise folder.error(f'{path} is no instances file of COCO ({error!r}); take the official file') from error
        folder.check_listed(names[split], list_images(images), images, path)
        for name in evenly(names[split]):
            if (size := read_image(images / name).size) != sizes[name]:
                raise folder.error(
                    f'{images / name} measures {size}, but {path} says {sizes[name]}; take the images in their '
                    'original size'
                )
        classes |= {annotation['category_id'] for annotation in content['annotations']}
    folder.check_disjoint(names['train'], names['val'], ('train2017', 'val2017'))
    return folder.facts(names, len(classes))
