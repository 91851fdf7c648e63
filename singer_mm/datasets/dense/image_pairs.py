"""Images and the maps of their pixels, in two folders of the same structure."""

import os
from typing import Any

from mmseg.datasets import BaseSegDataset

from singer_mm.datasets.image_listing import list_images
from singer_mm.errors import DataError


def image_pairs(dataset: BaseSegDataset, map_key: str) -> list[dict[str, Any]]:
    """Return the paths of each image and its map, in sorted order.

    mmseg's own listing includes hidden folders and follows links in circles.

    Args:
        dataset: A dataset of mmseg with its folders and suffixes.
        map_key: Key of the maps in ``data_prefix`` and in the result; a dataset without this folder has no maps.

    Raises:
        DataError: If the folder of images does not exist or cannot be read.
    """
    images, maps = dataset.data_prefix['img_path'], dataset.data_prefix.get(map_key)
    if not os.path.isdir(images):
        raise DataError(f'folder {images} does not exist; give the data root with --data, or prepare the dataset.')
    pairs = []
    for path in list_images(images, (dataset.img_suffix.lower(),)):
        pair: dict[str, Any] = dict(img_path=path, seg_fields=[])
        if maps is not None:
            stem = os.path.relpath(path, images)[: -len(dataset.img_suffix)]
            pair[map_key] = os.path.join(maps, stem + dataset.seg_map_suffix)
        pairs.append(pair)
    return pairs
