"""Accuracy of an ImageNet-1K classifier on ImageNet-R."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import METRICS


@METRICS.register_module()
class ImageNetRAccuracy(BaseMetric):
    """Top-1 accuracy in percent, over ImageNet-R's 200 classes (``imagenet_r/top1``) and over all 1,000.

    The published numbers (Hendrycks et al., 2021) choose among the scores of the 200 classes only;
    ``imagenet_r/top1_unmasked`` chooses among the 1,000 and is clearly lower.

    Raises:
        ConfigError: If the classifier has no 1,000 classes.
        DataError: If a label is none of the 200.
    """

    default_prefix = 'imagenet_r'

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classes = torch.tensor(imagenet_r_indices())

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep (right among 200, right among 1,000) of every sample."""
        for sample in data_samples:
            label, scores = int(sample['gt_label']), sample['pred_score'].cpu()
            if len(scores) != len(imagenet_wnids()):
                raise ConfigError(f'ImageNet-R needs a classifier of ImageNet-1K; this one has {len(scores)} classes.')
            if label not in self.classes:
                raise DataError(f'label {label} is none of the 200 classes of ImageNet-R; map folders by WordNet id.')
            masked = int(self.classes[scores[self.classes].argmax()])
            self.results.append((masked == label, int(scores.argmax()) == label))

    def compute_metrics(self, results: list[tuple[bool, bool]]) -> dict[str, float]:
        """Return ``top1`` and ``top1_unmasked``."""
        masked, unmasked = zip(*results, strict=True)
        return {'top1': 100 * sum(masked) / len(results), 'top1_unmasked': 100 * sum(unmasked) / len(results)}
