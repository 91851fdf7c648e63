import pytest
import torch
from mmengine.evaluator import Evaluator
from mmpretrain.evaluation import Accuracy
from sklearn.metrics import top_k_accuracy_score

from singer_mm.evaluation import TopOneAccuracy


def test_is_the_accuracy_of_mmpretrain():
    scores, labels = torch.randn(40, 5).softmax(dim=1), torch.randint(5, (40, 1))
    samples = [
        dict(gt_label=label, pred_score=score, pred_label=score.argmax(keepdim=True))
        for label, score in zip(labels, scores, strict=True)
    ]
    ours, theirs = Evaluator(TopOneAccuracy()), Evaluator(Accuracy())
    for evaluator in (ours, theirs):
        evaluator.process(samples)
    found = ours.evaluate(40)
    assert found == pytest.approx(theirs.evaluate(40))
    independent = top_k_accuracy_score(labels.squeeze(1).numpy(), scores.numpy(), k=1, labels=range(5))
    assert found['accuracy/top1'] == pytest.approx(100 * independent)
