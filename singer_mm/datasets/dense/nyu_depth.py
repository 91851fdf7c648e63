"""NYU Depth v2."""

from __future__ import annotations

import os
from typing import Any

from mmseg.datasets import NYUDataset

from singer_mm.registry import DATASETS

from .image_pairs import image_pairs


@DATASETS.register_module()
class NYUDepth(NYUDataset):
    """mmseg's ``NYUDataset``, whose images are listed by :func:`~singer_mm.datasets.image_listing.list_images`."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return image, depth map and kind of room, in sorted order."""
        folders = self.data_prefix['img_path'], self.data_prefix.get('depth_map_path')
        return [
            dict(
                img_path=image,
                seg_fields=[],
                category_id=self._get_category_id_from_filename(os.path.relpath(image, folders[0])),
            )
            | ({} if depth is None else dict(depth_map_path=depth))
            for image, depth in image_pairs(*folders, (self.img_suffix, self.seg_map_suffix))
        ]
