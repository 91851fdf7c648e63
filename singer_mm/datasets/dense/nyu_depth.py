"""NYU Depth v2."""

from typing import Any

from mmseg.datasets import NYUDataset

from singer_mm.registry import DATASETS

from .image_pairs import image_pairs


@DATASETS.register_module()
class NYUDepth(NYUDataset):
    """mmseg's ``NYUDataset`` with the images of :func:`~singer_mm.datasets.image_listing.list_images`."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return image, depth map and kind of room, in sorted order."""
        pairs = image_pairs(self, 'depth_map_path')
        for pair in pairs:
            pair['category_id'] = self._get_category_id_from_filename(pair['img_path'])
        return pairs
