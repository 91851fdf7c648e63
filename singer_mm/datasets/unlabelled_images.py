"""Every image below a folder, without labels."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from singer_mm.errors import DataError
from singer_mm.registry import DATASETS, TRANSFORMS
from singer_mm.utils.random_state import derive_seed, seeded

from .image_listing import IMAGE_SUFFIXES, list_images


@DATASETS.register_module()
class UnlabelledImages(BaseDataset):
    """All images below ``data_root``, in any folder structure, in sorted order::

        data_root/                      ImageNet-1K:  train/
        ├── any.jpg                                   ├── n01440764/   1,000 folders,
        └── folder/                                   │   └── *.JPEG   1,281,167 images
            └── of/any/depth.png                      └── ...

    Hidden files and folders are ignored, and loops of links end: see :func:`list_files`. Another image, drawn with the
    sample's own seed, replaces an unreadable image, whose error is added to the sample's ``skipped_images``, which
    :class:`BrokenImageHook` counts. Keys are ``(index, seed)`` pairs of :class:`ResumableSampler`, or plain indices
    with seed 0.

    Args:
        data_root: Folder of images.
        pipeline: Transforms, from ``img_path`` to a packed sample.
        crops_per_image: How often an epoch visits each image, each time with other augmentation; for datasets of a few
            photographs.
        max_refetch: Number of other images that are tried in place of an unreadable one.
        **kwargs: Those of MMEngine's ``BaseDataset``.

    Raises:
        DataError: If the folder does not exist, holds no image, or a folder below it cannot be read.
    """

    METAINFO: dict[str, Any] = dict(dataset_type='unlabelled_images')

    def __init__(
        self,
        data_root: str,
        pipeline: Sequence[Any] = (),
        crops_per_image: int = 1,
        max_refetch: int = 20,
        **kwargs: Any,
    ) -> None:
        self.crops_per_image = crops_per_image
        # Built here, since BaseDataset would look for names without scope in the current default scope.
        transforms = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(data_root=data_root, pipeline=transforms, max_refetch=max_refetch, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return one entry for each image file."""
        root = self.data_root
        if not os.path.isdir(root):
            raise DataError(f'data_root {root!r} is no folder; give one that holds images.')
        paths = list_images(root)
        if not paths:
            raise DataError(f'data_root {root!r} holds no image; known kinds: {", ".join(IMAGE_SUFFIXES)}.')
        return [dict(img_path=path) for path in paths]

    def __len__(self) -> int:
        """Return the number of samples of an epoch."""
        return int(super().__len__()) * self.crops_per_image

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """Return the packed sample of a key.

        Raises:
            DataError: If neither its image nor ``max_refetch`` others can be read.
        """
        self.full_init()
        index, seed = key if isinstance(key, tuple) else (key, 0)
        num_images = super().__len__()
        skipped: list[str] = []
        for attempt in range(self.max_refetch + 1):
            with seeded(derive_seed(seed, attempt)):
                image_index = index % num_images if attempt == 0 else int(np.random.randint(num_images))
                results = {**self.get_data_info(image_index), 'skipped_images': skipped}
                try:
                    packed: dict[str, Any] = self.pipeline(results)
                    return packed
                except DataError as error:
                    skipped.append(str(error))
        raise DataError(f'{len(skipped)} images in a row cannot be read, the last one: {skipped[-1]}')
