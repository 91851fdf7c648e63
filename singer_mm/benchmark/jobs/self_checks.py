"""Results that cannot be right raise an alarm, beside the number and in the report."""

from typing import Any

import numpy as np

from singer_mm.benchmark.tasks import TASKS

from .job import Job

CHANCE_FACTOR = 1.5
"""Accuracies up to this many times that of guessing count as chance."""


def find_alarms(job: Job, metrics: dict[str, float], n_evaluated: int, n_dataset: int) -> list[str]:
    """Return a sentence for each thing that looks wrong with a result.

    Args:
        job: What was computed; its ``predictions.npz`` is read.
        metrics: Its metrics.
        n_evaluated: Number of distinct samples that reached the metrics.
        n_dataset: Number of samples of the test set.
    """
    alarms = []
    value = metrics.get(job.task.metric)
    if n_evaluated != n_dataset:
        alarms.append(f'{n_evaluated} of {n_dataset} test samples were evaluated: samples are lost or doubled.')
    if value is None:
        return [*alarms, f'the test gave no {job.task.metric}.']
    if not np.isfinite(value):
        alarms.append(f'{job.task.metric} is {value}: look at the log of the training.')
    labels, predictions = _classification(job)
    if labels.size:
        alarms += _check_accuracy(labels, predictions)
    if job.task.name == 'imagenet_v2':
        alarms += _check_imagenet_v2(job, value)
    if job.task.name == 'nyud' and not 0.05 < value < 5:
        alarms.append(f'an RMSE of {value:.3g} m is impossible indoors: look at the units of the depth maps.')
    return alarms


def _check_accuracy(labels: Any, predictions: Any) -> list[str]:
    accuracy = float((labels == predictions).mean())
    chance = 1 / len(np.unique(labels))
    if accuracy == 1 and labels.size >= 100:
        return ['every single test image is right: look whether test images are among the training images.']
    for offset in (-1, 1):
        shifted = float((labels + offset == predictions).mean())
        if shifted > max(2 * accuracy, CHANCE_FACTOR * chance):
            return [
                f'{shifted:.0%} are right with labels shifted by {offset:+d}, and {accuracy:.0%} without: labels are '
                'off by one.'
            ]
    if accuracy <= CHANCE_FACTOR * chance:
        return [f'{accuracy:.1%} is the level of chance ({chance:.1%} with {len(np.unique(labels))} classes).']
    return []


def _check_imagenet_v2(job: Job, value: float) -> list[str]:
    head = job.head_job
    result = head.read_result() if head is not None else None
    if result is not None and value < 1 and result['metrics'][TASKS['imagenet1k'].metric] > 50:
        return ['below 1 % with more than 50 % on ImageNet: the numeric folders were sorted as strings.']
    return []


def _classification(job: Job) -> tuple[Any, Any]:
    path = job.folder / 'predictions.npz'
    if path.is_file():
        with np.load(path) as file:
            if 'label' in file and 'prediction' in file:
                return file['label'], file['prediction']
    return np.empty(0), np.empty(0)
