"""Masks of segmentation, with errors that name the file."""

from typing import Any

from mmseg.datasets.transforms import LoadAnnotations

from singer_mm.datasets.image_reading import opened_image
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadLabelMap(LoadAnnotations):
    """mmseg's ``LoadAnnotations`` with an error that names the mask.

    Raises:
        DataError: If a mask is missing, damaged or not a regular file.
    """

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        with opened_image(results['seg_map_path']):
            super()._load_seg_map(results)
