"""ADE20K."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import ADE20KDataset

from singer_mm.registry import DATASETS

from .image_pairs import image_pairs


@DATASETS.register_module()
class ADE20K(ADE20KDataset):
    """mmseg's ``ADE20KDataset``, whose images are listed by :func:`~singer_mm.datasets.image_listing.list_images`."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return image, mask and how its labels are meant, in sorted order."""
        folders = self.data_prefix['img_path'], self.data_prefix.get('seg_map_path')
        return [
            dict(img_path=image, label_map=self.label_map, reduce_zero_label=self.reduce_zero_label, seg_fields=[])
            | ({} if mask is None else dict(seg_map_path=mask))
            for image, mask in image_pairs(*folders, (self.img_suffix, self.seg_map_suffix))
        ]
