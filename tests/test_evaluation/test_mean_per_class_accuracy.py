import pytest
import torch
from mmengine.evaluator import Evaluator

from singer_mm.errors import ConfigError
from singer_mm.evaluation import MeanPerClassAccuracy

# Class 0: 3 of 4 right, class 2: 0 of 1, class 5: 1 of 2; classes 1, 3 and 4 do not occur.
LABELS = [0, 0, 0, 0, 2, 5, 5]
PREDICTIONS = [0, 0, 0, 1, 0, 5, 3]


def evaluate(metainfo=None, **kwargs):
    evaluator = Evaluator(MeanPerClassAccuracy(**kwargs))
    evaluator.dataset_meta = metainfo
    samples = [
        dict(gt_label=torch.tensor([label]), pred_label=torch.tensor([prediction]))
        for label, prediction in zip(LABELS, PREDICTIONS, strict=True)
    ]
    evaluator.process(samples[:3])
    evaluator.process(samples[3:])
    return evaluator.evaluate(len(samples))


def test_every_class_of_the_test_set_weighs_the_same():
    assert evaluate() == {'per_class/mean': pytest.approx((75 + 0 + 50) / 3)}


def test_groups_by_the_number_of_training_images():
    metrics = evaluate(dict(train_counts=(101, 7, 100, 500, 7, 20)))
    assert metrics['per_class/many'] == pytest.approx(75)
    assert metrics['per_class/medium'] == pytest.approx((0 + 50) / 2)
    assert 'per_class/few' not in metrics


def test_the_groups_can_be_moved():
    metrics = evaluate(dict(train_counts=(30, 7, 20, 500, 7, 4)), medium=(5, 20))
    del metrics['per_class/mean']
    assert metrics == {'per_class/many': 75, 'per_class/medium': 0, 'per_class/few': 50}


def test_agrees_with_balanced_accuracy_of_sklearn():
    from sklearn.metrics import balanced_accuracy_score

    assert evaluate()['per_class/mean'] == pytest.approx(100 * balanced_accuracy_score(LABELS, PREDICTIONS))


def test_refuses_what_is_no_range():
    with pytest.raises(ConfigError, match=r'medium .*\(100, 20\)'):
        MeanPerClassAccuracy(medium=(100, 20))
