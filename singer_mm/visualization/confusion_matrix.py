"""Which classes are taken for which."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

NAMED_UP_TO = 26  # classes; more names than that cannot be read
NAME_LENGTH = 16
PAGE_INCHES = 9.3  # of all matrices together


def draw_confusion_matrices(
    answers: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], names: Sequence[str] | None = None, limit: int = 40
) -> Figure:
    """Draw the confusion matrix of each model, row by row in percent of the images of a class.

    Only classes of the test set are shown; predictions outside of them are summed up in a last column.

    Args:
        answers: Model -> labels ``(N,)`` and predictions ``(N,)`` of the same images.
        names: Name of every class; numbers if left out.
        limit: How many classes are shown at most: those on which the models err most.
    """
    classes = confusing_classes(list(answers.values()), limit)
    size = min(4.2, PAGE_INCHES / len(answers))
    figure = Figure(figsize=(size * len(answers) + 1.6, min(size, 3.2) + 0.9), layout='constrained')
    axes = figure.subplots(1, len(answers), squeeze=False, sharey=True)[0]
    for axis, (model, (labels, predictions)) in zip(axes, answers.items(), strict=True):
        matrix = confusion_matrix(labels, predictions, classes)
        drawn = axis.imshow(100 * matrix, cmap='Greys', vmin=0, vmax=100, aspect='auto', interpolation='nearest')
        axis.axvline(len(classes) - 0.5, color='0.5', linewidth=0.8)
        axis.set_title(f'{model}: {100 * np.mean(labels == predictions):.1f} % right', fontsize=10)
        axis.set_xlabel('predicted', fontsize=9)
        axis.set_xticks([len(classes)], ['other'], fontsize=7, rotation=90)
        axis.set_yticks([])
        if len(classes) <= NAMED_UP_TO:
            texts = [shorten(str(names[label]) if names is not None else str(label)) for label in classes]
            axis.set_yticks(range(len(classes)), texts, fontsize=7)
            axis.set_xticks(range(len(classes) + 1), [*texts, 'other'], fontsize=7, rotation=90)
    axes[0].set_ylabel('true', fontsize=9)
    figure.colorbar(drawn, ax=axes, label='% of the class', shrink=0.8, pad=0.02)
    return figure


def confusing_classes(answers: Sequence[tuple[NDArray[Any], NDArray[Any]]], limit: int) -> list[int]:
    """Return the classes of the test set, ascending; of more than ``limit`` those with the most errors of all models.

    Args:
        answers: For each model the labels ``(N,)`` and predictions ``(N,)``.
        limit: Largest number of classes.
    """
    present = np.unique(np.concatenate([labels for labels, _ in answers]))
    errors = [sum(int(((labels == label) & (given != label)).sum()) for labels, given in answers) for label in present]
    order = np.argsort(-np.array(errors), kind='stable')[:limit]
    return sorted(int(label) for label in present[order])


def confusion_matrix(labels: NDArray[Any], predictions: NDArray[Any], classes: Sequence[int]) -> NDArray[Any]:
    """Return the share of the images of each class that is given each answer, ``(K, K + 1)``; the last: any other.

    Args:
        labels: ``(N,)``.
        predictions: ``(N,)``.
        classes: The ``K`` classes that have a row; a class without images gets a row of zeros.
    """
    matrix = np.zeros((len(classes), len(classes) + 1))
    column = {label: index for index, label in enumerate(classes)}
    for label, prediction in zip(labels.tolist(), predictions.tolist(), strict=True):
        if label in column:
            matrix[column[label], column.get(prediction, len(classes))] += 1
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def shorten(name: str) -> str:
    """Return the first of several names of a class, cut to what fits beside a matrix."""
    first = name.split(',')[0]
    return first if len(first) <= NAME_LENGTH else first[: NAME_LENGTH - 1] + '…'
