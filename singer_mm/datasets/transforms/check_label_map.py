"""Reject label maps of another class list."""

from typing import Any

import numpy as np

from singer_mm.errors import DataError
from singer_mm.registry import TRANSFORMS

from .check_pixels import check_pixels


@TRANSFORMS.register_module()
class CheckLabelMap:
    """Check that a loaded ``gt_seg_map`` has one label for each pixel, below ``num_classes`` or ``ignore_index``.

    Without this check, a label beyond the classes, a coloured mask or a mask of another size than its image ends the
    training with an error that names no file.

    Args:
        num_classes: Number of classes.
        ignore_index: Label of the pixels to ignore.

    Raises:
        DataError: If a sample has another label, more than one channel, or another size than its image.
    """

    def __init__(self, num_classes: int, ignore_index: int = 255) -> None:
        self.num_classes = num_classes
        self.ignore_index = ignore_index

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        labels = results['gt_seg_map']
        check_pixels(labels, results, results['seg_map_path'], 'mask')
        unknown = labels[(labels >= self.num_classes) & (labels != self.ignore_index)]
        if unknown.size:
            found = ', '.join(str(label) for label in np.unique(unknown)[:5])
            # The loader has subtracted 1 from the labels if 0 stands for everything else.
            shift = ', after the label 0 was dropped' if results.get('reduce_zero_label') else ''
            raise DataError(
                f'{results["seg_map_path"]} holds the labels {found}{shift}; allowed: 0 to {self.num_classes - 1} and '
                f'{self.ignore_index}: prepare the masks with the official class list.'
            )
        return results
