"""iNaturalist 2019: a long-tailed distribution of species."""

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmpretrain.datasets import BaseDataset

from singer_mm.errors import DataError
from singer_mm.registry import DATASETS

NUM_CLASSES = 1010


@DATASETS.register_module()
class INat2019(BaseDataset):
    """iNaturalist 2019 by its official json files: 1,010 species, 265,213 training and 3,030 validation images.

    The label is the category id, not the position of a folder; torchvision's dataset of that name has no split.
    ``metainfo['train_counts']`` holds the number of training images of each class, which separates the head of the
    distribution from its tail.

    Args:
        data_root: Folder of the json files and of ``train_val2019/``.
        ann_file: ``train2019.json`` or ``val2019.json``.
        train_ann_file: The file that ``train_counts`` counts.
        more_ann_files: Further files beside ``ann_file``; their images follow.
        **kwargs: Those of mmpretrain's ``BaseDataset``.

    Raises:
        DataError: If a json file is missing or has another format, or a category beyond the 1,010.
    """

    def __init__(
        self,
        data_root: str,
        ann_file: str,
        train_ann_file: str = 'train2019.json',
        more_ann_files: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.train_ann_file = train_ann_file
        self.more_ann_files = tuple(more_ann_files)
        super().__init__(ann_file=ann_file, data_root=data_root, data_prefix='', **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return path and label of every annotated image."""
        content = _read(self.ann_file)
        train = content if self.ann_file.endswith(self.train_ann_file) else _read(self._beside(self.train_ann_file))
        counts = np.bincount([entry['category_id'] for entry in train['annotations']], minlength=NUM_CLASSES)
        names = {entry['id']: str(entry['name']) for entry in content['categories'] if 'name' in entry}
        self._metainfo['classes'] = tuple(names.get(label, f'category {label}') for label in range(NUM_CLASSES))
        self._metainfo['train_counts'] = tuple(counts.tolist())
        more = [_read(self._beside(path)) for path in self.more_ann_files]
        return [info for part in (content, *more) for info in self._listed(part)]

    def _listed(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        paths = {entry['id']: entry['file_name'] for entry in content['images']}
        return [
            dict(img_path=self._beside(paths[entry['image_id']]), gt_label=entry['category_id'])
            for entry in content['annotations']
        ]

    def _beside(self, path: str) -> str:
        return os.path.join(self.data_root, path)


def _read(path: str) -> dict[str, Any]:
    """Return the annotations of a file, after checks that its parts are consistent."""
    try:
        with open(path) as file:
            content: dict[str, Any] = json.load(file)
        images = {entry['id'] for entry in content['images'] if entry['file_name']}
        labels = [entry['category_id'] for entry in content['annotations'] if entry['image_id'] in images]
        complete = len(labels) == len(content['annotations']) > 0 and bool(content['categories'])
    except FileNotFoundError as error:
        raise DataError(f'{path} does not exist; copy it from the official annotations of iNaturalist 2019.') from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f'{path} is truncated or has no annotations of iNaturalist 2019; copy it again.') from error
    if not complete:
        raise DataError(f'{path} has annotations without image, or no annotations; copy it again.')
    if min(labels) < 0 or max(labels) >= NUM_CLASSES:
        raise DataError(
            f'{path} has the category {max(labels)}; allowed: 0 to {NUM_CLASSES - 1}, as in the 2019 edition.'
        )
    return content
