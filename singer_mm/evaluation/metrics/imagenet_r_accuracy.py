"""Accuracy of an ImageNet-1K classifier on ImageNet-R."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import METRICS


@METRICS.register_module()
class ImageNetRAccuracy(BaseMetric):
    """Top-1 accuracy in percent among ImageNet-R's 200 classes, and among all 1,000 of the classifier.

    Hendrycks et al. (2021) choose among the scores of the 200 classes only; among all 1,000 the accuracy is clearly
    lower (ResNet-50: by about 12 points). One of the two is ``imagenet_r/top1``, the other is
    ``imagenet_r/top1_unmasked`` or ``imagenet_r/top1_masked``.

    Args:
        num_classes: Number of classes among which ``imagenet_r/top1`` chooses, 200 or 1,000.
        **kwargs: Those of MMEngine's ``BaseMetric``.

    Raises:
        ConfigError: If ``num_classes`` is another number, or the classifier does not have 1,000 classes.
        DataError: If a label is not one of the 200.
    """

    default_prefix = 'imagenet_r'

    def __init__(self, num_classes: int = 200, **kwargs: Any) -> None:
        if num_classes not in (200, 1000):
            raise ConfigError(f'ImageNetRAccuracy: num_classes is {num_classes}; allowed: 200, 1000.')
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.classes = torch.tensor(imagenet_r_indices())

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep (correct among 200, correct among 1,000) of every sample."""
        for sample in data_samples:
            label, scores = int(sample['gt_label']), sample['pred_score'].cpu()
            if len(scores) != len(imagenet_wnids()):
                raise ConfigError(f'ImageNet-R needs a classifier of ImageNet-1K; this one has {len(scores)} classes.')
            if label not in self.classes:
                raise DataError(f'label {label} is none of the 200 classes of ImageNet-R; map folders by WordNet id.')
            masked = int(self.classes[scores[self.classes].argmax()])
            self.results.append((masked == label, int(scores.argmax()) == label))

    def compute_metrics(self, results: list[tuple[bool, bool]]) -> dict[str, float]:
        """Return ``top1`` and ``top1_unmasked`` or ``top1_masked``."""
        masked, unmasked = (100 * sum(right) / len(results) for right in zip(*results, strict=True))
        if self.num_classes == 200:
            return {'top1': masked, 'top1_unmasked': unmasked}
        return {'top1': unmasked, 'top1_masked': masked}
