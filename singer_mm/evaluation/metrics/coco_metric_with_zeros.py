"""COCO's average precision, also of a detector that finds nothing."""

from typing import Any

from mmdet.evaluation import CocoMetric

from singer_mm.errors import DataError
from singer_mm.registry import METRICS

ITEMS = ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')


@METRICS.register_module()
class CocoMetricWithZeros(CocoMetric):
    """MMDetection's ``CocoMetric``, which also reports 0.0 if there is no detection at all.

    MMDetection 3.3 and 3.5 leave the keys out in that case, and the worst detector would be missing in a table. They
    also map label ``i`` to the ``i``-th category of the annotation file whose name is a class of the dataset; a file
    with fewer categories, or in another order, is refused here.

    Args:
        **kwargs: Those of ``CocoMetric``, ``metric`` one or both of ``bbox`` and ``segm``.
    """

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Return ``{bbox,segm}_{mAP,mAP_50,mAP_75,mAP_s,mAP_m,mAP_l}`` as fractions.

        -1 (from pycocotools) stands for a range of areas without any object.

        Raises:
            DataError: If the categories of the annotation file are not the classes of the dataset.
        """
        self._check_categories()
        measured: dict[str, float] = super().compute_metrics(results)
        zeros = {f'{metric}_{item}': 0.0 for metric in self.metrics for item in self.metric_items or ITEMS}
        return {**zeros, **measured}

    def _check_categories(self) -> None:
        if self._coco_api is None:
            return
        classes = list(self.dataset_meta['classes'])
        categories = [category['name'] for category in self._coco_api.dataset['categories']]
        if categories != classes:
            raise DataError(
                f'the annotation file has {len(categories)} categories ({", ".join(categories[:3])}, ...) instead of '
                f'the {len(classes)} classes of the dataset ({", ".join(classes[:3])}, ...) in their order; '
                'write all of them, with or without objects.'
            )
