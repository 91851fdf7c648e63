import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from sklearn.metrics import accuracy_score, top_k_accuracy_score

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


def test_the_released_protocol_chooses_among_1000():
    evaluator = Evaluator(ImageNetRAccuracy(num_classes=1000))
    evaluator.process(
        [sample(FIRST, best=FIRST, second_best=OUTSIDE)] + [sample(FIRST, best=OUTSIDE, second_best=FIRST)] * 3
    )
    assert evaluator.evaluate(4) == {'imagenet_r/top1': 25, 'imagenet_r/top1_masked': 100}
    with pytest.raises(ConfigError, match='num_classes .*100.*200, 1000'):
        ImageNetRAccuracy(num_classes=100)


def test_agrees_with_sklearn():
    generator = np.random.default_rng(0)
    labels, scores = generator.choice(imagenet_r_indices(), 60), generator.random((60, 1000))
    scores[np.arange(60), labels] = generator.uniform(0.985, 1, 60)
    evaluator = Evaluator(ImageNetRAccuracy())
    evaluator.process(
        [
            dict(gt_label=torch.tensor([int(label)]), pred_score=torch.from_numpy(score))
            for label, score in zip(labels, scores, strict=True)
        ]
    )
    places = np.array(imagenet_r_indices())
    masked = accuracy_score(labels, places[scores[:, places].argmax(axis=1)])
    unmasked = top_k_accuracy_score(labels, scores, k=1, labels=np.arange(1000))
    assert 0 < unmasked < masked < 1
    assert evaluator.evaluate(60) == pytest.approx(
        {'imagenet_r/top1': 100 * masked, 'imagenet_r/top1_unmasked': 100 * unmasked}
    )


def test_refuses_other_classifiers_and_labels():
    metric = ImageNetRAccuracy()
    with pytest.raises(ConfigError, match='200 classes'):
        metric.process(None, [dict(gt_label=torch.tensor([FIRST]), pred_score=torch.zeros(200))])
    with pytest.raises(DataError, match=f'label {OUTSIDE} '):
        metric.process(None, [sample(OUTSIDE, best=FIRST, second_best=SECOND)])
