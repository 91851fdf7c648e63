import pytest
import torch
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from singer_mm.evaluation.feature_probes import PROBES, RIDGE, knn_predictions, logistic_predictions, ridge_predictions

NUM_CLASSES = 4


@pytest.fixture
def data():
    """Overlapping clusters of features: no classifier is perfect, and none is at chance."""
    labels, answers = (torch.randint(NUM_CLASSES, (number,)) for number in (300, 200))
    centres = torch.randn(NUM_CLASSES, 16)
    train, test = (centres[targets] + 1.5 * torch.randn(len(targets), 16) for targets in (labels, answers))
    return train, labels, test, answers


@pytest.mark.parametrize('name', PROBES)
def test_every_probe_learns(data, name):
    train, labels, test, answers = data
    accuracy = (PROBES[name](train, labels, test, NUM_CLASSES) == answers).double().mean()
    assert 0.5 < accuracy < 1


@pytest.mark.parametrize('name', ['ridge', 'linear'])
def test_scale_of_the_features_does_not_matter(data, name):
    train, labels, test, _ = data
    same = PROBES[name](train, labels, test, NUM_CLASSES) == PROBES[name](100 * train, labels, 100 * test, NUM_CLASSES)
    assert same.double().mean() > 0.98


def test_neighbours_agree_with_sklearn(data):
    train, labels, test, _ = data
    classifier = KNeighborsClassifier(
        20, metric='cosine', weights=lambda distances: torch.tensor((1 - distances) / 0.07).softmax(dim=1).numpy()
    )
    expected = classifier.fit(train.numpy(), labels.numpy()).predict(test.numpy())
    assert (knn_predictions(train, labels, test, NUM_CLASSES).numpy() == expected).all()


def test_ridge_agrees_with_sklearn(data):
    train, labels, test, _ = data
    train, test = train.double(), test.double()
    centred = train - train.mean(0)
    classifier = RidgeClassifier(alpha=float(RIDGE * centred.square().sum(0).mean()))
    expected = classifier.fit(train.numpy(), labels.numpy()).predict(test.numpy())
    assert (ridge_predictions(train, labels, test, NUM_CLASSES).numpy() == expected).all()


def test_linear_probe_is_logistic_regression(data):
    train, labels, test, _ = data
    scaler = StandardScaler().fit(train.double().numpy())
    classifier = LogisticRegression(max_iter=1000)
    classifier.fit(scaler.transform(train.double().numpy()), labels.numpy())
    expected = classifier.predict(scaler.transform(test.double().numpy()))
    assert (logistic_predictions(train, labels, test, NUM_CLASSES).numpy() == expected).all()


def test_few_images_are_enough_for_the_neighbours():
    train, labels = torch.eye(3), torch.arange(3)
    assert knn_predictions(train, labels, train, 3).tolist() == [0, 1, 2]
