"""Accuracy in which every class has the same weight."""

from typing import Any

import numpy as np

from singer_mm.errors import ConfigError
from singer_mm.registry import METRICS

from .top_one_accuracy import TopOneAccuracy


@METRICS.register_module()
class MeanPerClassAccuracy(TopOneAccuracy):
    """Mean accuracy, in percent, of the classes that occur in the test set.

    The usual metric of Aircraft, Pets and Flowers. If the dataset's metainfo has ``train_counts`` (training images of
    each class), there are also the means over classes with ``many``, ``medium`` and ``few`` training images. By the
    convention of ImageNet-LT (Liu et al., 2019), these are more than 100, 20 to 100, and fewer than 20. A group without
    classes in the test set is left out.

    Args:
        medium: Smallest and largest number of training images of a medium class.
        **kwargs: Those of MMEngine's ``BaseMetric``.

    Raises:
        ConfigError: If ``medium`` is not a range.
    """

    default_prefix = 'per_class'

    def __init__(self, medium: tuple[int, int] = (20, 100), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if len(medium) != 2 or medium[0] > medium[1]:
            raise ConfigError(f'MeanPerClassAccuracy: medium is {medium}; give its least and largest number of images.')
        self.medium = medium

    def compute_metrics(self, results: list[tuple[int, int]]) -> dict[str, float]:
        """Return ``mean`` and, with training counts, ``many``, ``medium`` and ``few``."""
        labels, predictions = np.array(results).T
        classes, inverse = np.unique(labels, return_inverse=True)
        accuracies = 100 * np.bincount(inverse, weights=labels == predictions) / np.bincount(inverse)
        metrics = {'mean': float(accuracies.mean())}
        counts = (self.dataset_meta or {}).get('train_counts')
        if counts is not None:
            least, largest = self.medium
            count = np.asarray(counts)[classes]
            groups = {'many': count > largest, 'medium': (count >= least) & (count <= largest), 'few': count < least}
            metrics.update({name: float(accuracies[group].mean()) for name, group in groups.items() if group.any()})
        return metrics
