"""COCO 2017: ``coco/{annotations/instances_{train,val}2017.json, train2017/*.jpg, val2017/*.jpg}``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from singer_mm.errors import DataError
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import evenly, list_images, read_image, read_json
from singer_mm.preparation.prepared_folder import PreparedFolder

# The official ids run from 1 to 90 and leave out ten, which were never annotated.
UNUSED_IDS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
NAMES = """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign,
parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag,
tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard,
tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot,
hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard,
cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
toothbrush"""
CATEGORIES = dict(
    zip(
        (number for number in range(1, 91) if number not in UNUSED_IDS),
        NAMES.replace('\n', ' ').split(', '),
        strict=True,
    )
)
# A box may leave its image by this many pixels, and one box in so many by more: rounding and known slips.
TOLERANCE = 2.0
TOLERATED_SHARE = 1e-4
# An object fills its box at most; pixels on the border, and known slips, may add this much.
LARGEST_FILLING = 1.5
NEEDED = ('id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'segmentation')


def check_categories(folder: PreparedFolder, path: Path, categories: dict[int, str]) -> None:
    """Compare category ids and names with the official ones.

    Raises:
        DataError: If ids are contiguous, or belong to other names.
    """
    for number, name in categories.items():
        if CATEGORIES.get(number) != name:
            right = {name: number for number, name in CATEGORIES.items()}.get(name)
            belongs = f'whose id is {right}' if right else 'which is none of the 80'
            raise DataError(
                f'{path} gives the id {number} to {name!r}, {belongs}; the ids are the sparse ones from 1 to 90, not '
                f'1 to 80: take the official file, or {folder.again}.'
            )
    if not folder.is_mini and len(categories) != len(CATEGORIES):
        raise DataError(f'{path} has {len(categories)} of {len(CATEGORIES)} categories; take the official file.')


def check_annotation(folder: PreparedFolder, path: Path, annotation: dict[str, Any]) -> None:
    """Check that an annotation has what training and evaluation read, and that its numbers are numbers.

    Raises:
        DataError: If something is missing or not finite.
    """
    name = f'{path}: annotation {annotation.get("id", "without id")}'
    missing = [key for key in NEEDED if key not in annotation]
    if missing:
        raise DataError(f'{name} lacks {missing[0]!r}; take the official file, or {folder.again}.')
    numbers = (*annotation['bbox'], annotation['area'])
    if len(numbers) != 5 or not all(map(math.isfinite, numbers)):
        raise DataError(
            f'{name} has the box {annotation["bbox"]} and the area {annotation["area"]} where four finite numbers and '
            f'one belong; take the official file, or {folder.again}.'
        )
    for key, fits, allowed in (
        ('id', type(annotation['id']) is int, 'a whole number'),
        ('area', annotation['area'] >= 0, 'a number from 0'),
        ('iscrowd', annotation['iscrowd'] in (0, 1), '0 or 1'),
        ('segmentation', _is_shape(annotation['segmentation']), 'a list of polygons, or a dict with counts and size'),
    ):
        if not fits:
            raise DataError(
                f'{name} has {key} {str(annotation[key])[:60]!r}; allowed: {allowed}: take the official file, or '
                f'{folder.again}.'
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
        DataError: If there are none, if they lie outside, are smaller than their object or name what does not exist.
    """
    sizes = {image['id']: (image['width'], image['height']) for image in content['images']}
    known = {category['id'] for category in content['categories']}
    if not content['annotations']:
        raise DataError(f'{path} has no annotations; take instances_*.json, not image_info_*.json: {folder.again}.')
    seen: set[int] = set()
    outside, too_small = [], []
    for annotation in content['annotations']:
        check_annotation(folder, path, annotation)
        if annotation['id'] in seen:
            raise DataError(
                f'{path} gives the id {annotation["id"]} to several annotations; take the official file, or '
                f'{folder.again}.'
            )
        seen.add(annotation['id'])
        if annotation['image_id'] not in sizes or annotation['category_id'] not in known:
            raise DataError(
                f'{path}: annotation {annotation["id"]} names image {annotation["image_id"]} of category '
                f'{annotation["category_id"]}, one of which the file does not list; take the official file, or '
                f'{folder.again}.'
            )
        left, top, width, height = annotation['bbox']
        image_width, image_height = sizes[annotation['image_id']]
        excess = max(-left, -top, -width, -height, left + width - image_width, top + height - image_height)
        if excess > TOLERANCE:
            outside.append(annotation)
        if annotation['area'] > LARGEST_FILLING * (max(width, 0) + 1) * (max(height, 0) + 1):
            too_small.append(annotation)
    if len(outside) > TOLERATED_SHARE * len(content['annotations']):
        first = outside[0]
        raise DataError(
            f'{path}: {len(outside):,} boxes lie outside of their image, e.g. {first["bbox"]} of annotation '
            f'{first["id"]} in an image of {sizes[first["image_id"]]}; boxes are [left, top, width, height] in pixels '
            f'of the original image: take the official file, or {folder.again}.'
        )
    if len(too_small) > TOLERATED_SHARE * len(content['annotations']):
        first = too_small[0]
        raise DataError(
            f'{path}: {len(too_small):,} boxes are smaller than their object, e.g. {first["bbox"]} of annotation '
            f'{first["id"]}, which covers {first["area"]} pixels; boxes are [left, top, width, height] in pixels of '
            f'the original image, not shares of it: take the official file, or {folder.again}.'
        )


def check_coco(folder: PreparedFolder) -> DatasetFacts:
    """Check COCO 2017, see :func:`check_dataset`."""
    counts: dict[str, int] = {}
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
            raise DataError(
                f'{path} is no instances file of COCO ({error!r}); take the official file, or {folder.again}.'
            ) from error
        folder.check_listed(names[split], list_images(images), images, path)
        for name in evenly(names[split]):
            if (size := read_image(images / name).size) != sizes[name]:
                raise DataError(
                    f'{images / name} measures {size} where {path} says {sizes[name]}; take the images in their '
                    f'original size, or {folder.again}.'
                )
        counts[split] = len(names[split])
        classes |= {annotation['category_id'] for annotation in content['annotations']}
    folder.check_disjoint(names['train'], names['val'], ('train2017', 'val2017'))
    return folder.facts(counts, len(classes))
