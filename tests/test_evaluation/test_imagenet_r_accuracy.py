import pytest
import torch
from mmengine.evaluator import Evaluator

from singer_mm.datasets.imagenet_classes import imagenet_r_indices
from singer_mm.errors import ConfigError, DataError
from singer_mm.evaluation import ImageNetRAccuracy

FIRST, SECOND = imagenet_r_indices()[:2]
OUTSIDE = next(label for label in range(1000) if label not in imagenet_r_indices())


def sample(label, best, second_best):
    scores = torch.zeros(1000)
    scores[best], scores[second_best] = 0.6, 0.4
    return dict(gt_label=torch.tensor([label]), pred_score=scores)


def test_masked_and_unmasked_by_hand():
    evaluator = Evaluator(ImageNetRAccuracy())
    evaluator.process(
        [
            sample(FIRST, best=FIRST, second_best=OUTSIDE),  # right in both
            sample(FIRST, best=OUTSIDE, second_best=FIRST),  # right only among the 200
            sample(FIRST, best=OUTSIDE, second_best=SECOND),  # wrong in both
            sample(SECOND, best=FIRST, second_best=SECOND),  # wrong in both
        ]
    )
    assert evaluator.evaluate(4) == {'imagenet_r/top1': 50, 'imagenet_r/top1_unmasked': 25}


def test_refuses_other_classifiers_and_labels():
    metric = ImageNetRAccuracy()
    with pytest.raises(ConfigError, match='this one has 200 classes'):
        metric.process(None, [dict(gt_label=torch.tensor([FIRST]), pred_score=torch.zeros(200))])
    with pytest.raises(DataError, match=f'label {OUTSIDE} is none of the 200'):
        metric.process(None, [sample(OUTSIDE, best=FIRST, second_best=SECOND)])
