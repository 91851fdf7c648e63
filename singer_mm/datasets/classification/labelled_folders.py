"""A folder for each class, whose name says which."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import Any

from mmpretrain.datasets import BaseDataset

from singer_mm.datasets.image_listing import list_folders, list_images
from singer_mm.errors import DataError


class LabelledFolders(BaseDataset):
    """Images in folders whose *names* determine the labels.

    mmpretrain's ``CustomDataset`` (1.2 and 1.3) numbers the folders in sorted order instead: right for all 1,000
    folders of ImageNet, silently wrong for any subset, for ImageNet-R's 200 and for ImageNet-v2's, which sort as
    strings. Files beside the folders, such as a README, are left alone.

    Args:
        data_root: Root folder.
        data_prefix: Folder below it that holds the class folders.
        **kwargs: Those of mmpretrain's ``BaseDataset``.

    Raises:
        DataError: If the folder does not exist, a class folder has another name than allowed, or holds no image.
    """

    def __init__(self, data_root: str = '', data_prefix: str = '', **kwargs: Any) -> None:
        super().__init__(ann_file='', data_root=data_root, data_prefix=data_prefix, **kwargs)

    @abstractmethod
    def label_of(self, folder: str) -> int | None:
        """Return the label that the folder's name stands for, or None for a name that it does not know."""

    @property
    @abstractmethod
    def allowed_names(self) -> str:
        """Which names are allowed, for messages."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return path and label of every image, in sorted order."""
        root = self.img_prefix
        if not os.path.isdir(root):
            raise DataError(
                f'folder {root} of {type(self).__name__} does not exist; it must hold {self.allowed_names}.'
            )
        labels = {folder: self.label_of(folder) for folder in list_folders(root)}
        unknown = [folder for folder, label in labels.items() if label is None]
        if unknown or not labels:
            found = f'has the folder {unknown[0]!r}' if unknown else 'has no folders'
            raise DataError(f'{root} {found}; {type(self).__name__} needs {self.allowed_names}.')
        images = {folder: list_images(os.path.join(root, folder)) for folder in labels}
        empty = [folder for folder, paths in images.items() if not paths]
        if empty:
            raise DataError(f'{root} has no image in the folder {empty[0]!r}; copy the dataset again.')
        return [dict(img_path=path, gt_label=labels[folder]) for folder, paths in images.items() for path in paths]
