import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from singer_mm.errors import ConfigError
from singer_mm.evaluation.knn_vote import knn_vote


def unit(values):
    return torch.nn.functional.normalize(torch.tensor(values), dim=1)


def test_votes_by_hand():
    bank, labels = unit([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]), torch.tensor([2, 0, 0])
    scores = knn_vote(torch.tensor([[3.0, 0.0]]), bank, labels, 4, ks=(1, 2, 3), temperature=0.5)
    assert torch.equal(scores[1], torch.tensor([[0.0, 0.0, 1.0, 0.0]]))
    near, middle, far = np.exp(2.0), 1.0, np.exp(-2.0)  # cosines 1, 0 and -1 over 0.5
    for k, parts in ((2, (near, middle)), (3, (near, middle, far))):
        expected = [[sum(parts[1:]) / sum(parts), 0.0, near / sum(parts), 0.0]]
        np.testing.assert_allclose(scores[k], expected, rtol=1e-6)


@pytest.mark.parametrize('k', [1, 5, 20])
def test_agrees_with_sklearn(k):
    bank, queries = unit(torch.randn(60, 8).tolist()), torch.randn(30, 8)
    labels = torch.randint(4, (60,))
    classifier = KNeighborsClassifier(k, metric='cosine', weights=lambda distances: np.exp((1 - distances) / 0.07))
    classifier.fit(bank.numpy(), labels.numpy())
    scores = knn_vote(queries, bank, labels, 4, ks=(k,), temperature=0.07)[k]
    np.testing.assert_allclose(scores, classifier.predict_proba(queries.numpy()), atol=2e-5)


def test_does_not_depend_on_the_chunks():
    bank, queries, labels = unit(torch.randn(50, 8).tolist()), torch.randn(7, 8), torch.randint(3, (50,))
    whole = knn_vote(queries, bank, labels, 3, ks=(3, 20))
    for chunk_size in (1, 7, 49):
        chunked = knn_vote(queries, bank, labels, 3, ks=(3, 20), chunk_size=chunk_size)
        for k in (3, 20):
            torch.testing.assert_close(chunked[k], whole[k])


@pytest.mark.parametrize('ks', [(10, 51), (0,), ()])
def test_refuses_more_neighbours_than_there_are(ks):
    with pytest.raises(ConfigError, match='ks: 1 to 50'):
        knn_vote(torch.randn(2, 4), torch.randn(50, 4), torch.zeros(50, dtype=torch.int64), 2, ks=ks)
