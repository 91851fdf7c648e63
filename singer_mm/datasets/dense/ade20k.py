"""ADE20K."""

from typing import Any

from mmseg.datasets import ADE20KDataset

from singer_mm.registry import DATASETS

from .image_pairs import image_pairs


@DATASETS.register_module()
class ADE20K(ADE20KDataset):
    """mmseg's ``ADE20KDataset`` with the images of :func:`~singer_mm.datasets.image_listing.list_images`."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return image, mask and the meaning of its labels, in sorted order."""
        labels = dict(label_map=self.label_map, reduce_zero_label=self.reduce_zero_label)
        return [pair | labels for pair in image_pairs(self, 'seg_map_path')]
