"""Images and, in a folder of the same structure, what is known of their pixels."""

from __future__ import annotations

import os

from singer_mm.datasets.image_listing import list_images
from singer_mm.errors import DataError


def image_pairs(images: str, maps: str | None, suffixes: tuple[str, str]) -> list[tuple[str, str | None]]:
    """Return each image of a folder with the place of its map, in sorted order.

    mmseg's own listing looks into hidden folders and follows links in circles.

    Args:
        images: Folder of images.
        maps: Folder of maps; None: there are none.
        suffixes: Endings of images and of maps.

    Raises:
        DataError: If the folder of images does not exist or cannot be read.
    """
    if not os.path.isdir(images):
        raise DataError(f'folder {images} does not exist; give the folder of the datasets with --data, or prepare it.')
    pairs: list[tuple[str, str | None]] = []
    for path in list_images(images, (suffixes[0].lower(),)):
        stem = os.path.relpath(path, images)[: -len(suffixes[0])]
        pairs.append((path, None if maps is None else os.path.join(maps, stem + suffixes[1])))
    return pairs
