"""Classifiers on frozen features: nearest neighbours, ridge regression and logistic regression."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from .knn_vote import knn_vote

K = 20
"""Number of neighbours (DINO: 20 was the best of 10, 20, 100, 200)."""
RIDGE = 1e-3
QUERIES_AT_ONCE = 1000

Predict = Callable[[Tensor, Tensor, Tensor, int], Tensor]


def knn_predictions(train: Tensor, labels: Tensor, test: Tensor, num_classes: int) -> Tensor:
    """Return the class of each test feature by :func:`knn_vote` with :data:`K` neighbours.

    Args:
        train: ``(N, C)``.
        labels: ``(N,)``, of ``train``.
        test: ``(M, C)``.
        num_classes: Number of classes.
    """
    bank, k = F.normalize(train, dim=1), min(K, len(train))
    votes = [knn_vote(part, bank, labels, num_classes, (k,))[k] for part in test.split(QUERIES_AT_ONCE)]
    return torch.cat(votes).argmax(dim=1)


def ridge_predictions(train: Tensor, labels: Tensor, test: Tensor, num_classes: int) -> Tensor:
    """Return the class of each test feature by ridge regression to one-hot labels, in float64.

    The ridge is 1e-3 of the mean variance of the features' channels. Arguments: see :func:`knn_predictions`.
    """
    centre, targets = train.double().mean(0), F.one_hot(labels, num_classes).double()
    centred = train.double() - centre
    gram = centred.T @ centred
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    weights = torch.linalg.solve(gram, centred.T @ (targets - targets.mean(0)))
    return ((test.double() - centre) @ weights + targets.mean(0)).argmax(dim=1)


def logistic_predictions(train: Tensor, labels: Tensor, test: Tensor, num_classes: int) -> Tensor:
    """Return the class of each test feature by logistic regression on standardised features (a linear probe).

    This is scikit-learn's ``LogisticRegression`` (L2 penalty, C=1, L-BFGS), with the mean and standard deviation of the
    training features. Arguments: see :func:`knn_predictions`; the classes are those in ``labels``.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    classifier.fit(train.double().numpy(), labels.numpy())
    return torch.from_numpy(classifier.predict(test.double().numpy()))


PROBES: dict[str, Predict] = {
    'k-NN': knn_predictions,
    'ridge': ridge_predictions,
    'linear': logistic_predictions,
}
"""Name of a column to its classifier."""
