"""A folder for each class, with the label in its name."""

import os
from collections.abc import Mapping
from typing import Any

from mmpretrain.datasets import BaseDataset

from singer_mm.datasets.image_listing import list_folders, list_images
from singer_mm.errors import DataError


class LabelledFolders(BaseDataset):
    """Images in folders whose *names* determine the labels.

    mmpretrain's ``CustomDataset`` (1.2 and 1.3) numbers the folders in sorted order instead. This is right for all
    1,000 folders of ImageNet, but silently wrong for any subset, for the 200 folders of ImageNet-R and for those of
    ImageNet-v2, which sort as strings. Files beside the folders, such as a README, are ignored.

    A subclass sets ``LABELS``, the label of each folder name, and ``ALLOWED_NAMES``, the names in words, for messages.

    Args:
        data_root: Root folder.
        data_prefix: Folder below it that holds the class folders.
        **kwargs: Those of mmpretrain's ``BaseDataset``.

    Raises:
        DataError: If the folder does not exist, or a class folder has a name that is not allowed or holds no image.
    """

    LABELS: Mapping[str, int]
    ALLOWED_NAMES: str

    def __init__(self, data_root: str = '', data_prefix: str = '', **kwargs: Any) -> None:
        super().__init__(ann_file='', data_root=data_root, data_prefix=data_prefix, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return path and label of every image, in sorted order."""
        root = self.img_prefix
        if not os.path.isdir(root):
            raise DataError(
                f'folder {root} of {type(self).__name__} does not exist; it must hold {self.ALLOWED_NAMES}.'
            )
        folders = list_folders(root)
        unknown = [folder for folder in folders if folder not in self.LABELS]
        if unknown or not folders:
            found = f'has the folder {unknown[0]!r}' if unknown else 'has no folders'
            raise DataError(f'{root} {found}; {type(self).__name__} needs {self.ALLOWED_NAMES}.')
        images = {folder: list_images(os.path.join(root, folder)) for folder in folders}
        empty = [folder for folder, paths in images.items() if not paths]
        if empty:
            raise DataError(f'{root} has no image in the folder {empty[0]!r}; copy the dataset again.')
        return [dict(img_path=path, gt_label=self.LABELS[folder]) for folder, paths in images.items() for path in paths]
