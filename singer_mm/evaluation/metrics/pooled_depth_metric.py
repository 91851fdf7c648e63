"""Depth errors over the pixels of all images, as in the released evaluation of SiNGER."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from singer_mm.errors import DataError
from singer_mm.registry import METRICS


@METRICS.register_module()
class PooledDepthMetric(BaseMetric):
    """Errors over the pixels of all images together, at the size and crop of the config.

    A pixel counts if truth *and prediction* lie inside ``(0, max_depth)``. ``rmse_per_image``, by which the released
    code picks its epoch, is the mean over images of the RMSE over all pixels of an image. Other benchmarks crop, take
    each image by itself and mask by the truth alone (:class:`DepthMetricPerImage`): their numbers are smaller.

    Args:
        max_depth: Upper end of the range, in metres.
        **kwargs: Those of MMEngine's ``BaseMetric``.

    Raises:
        DataError: If no pixel counts.
    """

    def __init__(self, max_depth: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_depth = max_depth

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the sums of each sample."""
        for sample in data_samples:
            prediction = sample['pred_depth_map']['data'].squeeze().double()
            self.results.append(self._sums(prediction, sample['gt_depth_map']['data'].squeeze().to(prediction)))

    def _sums(self, prediction: Tensor, target: Tensor) -> dict[str, float]:
        counted = (target > 0) & (target < self.max_depth) & (prediction > 0) & (prediction < self.max_depth)
        error, depth = (prediction - target)[counted], target[counted]
        ratio = torch.maximum(prediction[counted] / depth, depth / prediction[counted])
        sums = dict(
            count=counted.sum(),
            squared=error.square().sum(),
            relative=(error.abs() / depth).sum(),
            d1=(ratio < 1.25).sum(),
            d2=(ratio < 1.25**2).sum(),
            d3=(ratio < 1.25**3).sum(),
            rmse_per_image=(prediction - target).square().mean().sqrt(),
        )
        return {key: float(value) for key, value in sums.items()}

    def compute_metrics(self, results: list[dict[str, float]]) -> dict[str, float]:
        """Return ``rmse``, ``abs_rel``, ``d1``, ``d2``, ``d3`` over all pixels, and ``rmse_per_image``."""
        total = {key: sum(result[key] for result in results) for key in results[0]}
        count = total['count']
        if count == 0:
            raise DataError(
                f'no pixel of {len(results)} images has truth and prediction between 0 and {self.max_depth:g} m; check '
                'the depth maps.'
            )
        return {
            'rmse': (total['squared'] / count) ** 0.5,
            'abs_rel': total['relative'] / count,
            **{key: total[key] / count for key in ('d1', 'd2', 'd3')},
            'rmse_per_image': total['rmse_per_image'] / len(results),
        }
