import numpy as np
import pytest

from singer_mm.benchmark.jobs.self_checks import find_alarms

LABELS = np.arange(200) % 10


@pytest.fixture
def alarms(job):
    """Return the alarms of a job with these predictions."""

    def find(labels=LABELS, predictions=LABELS, task='imagenet1k', value=None, n_evaluated=None):
        one = job(task)
        one.folder.mkdir(parents=True, exist_ok=True)
        np.savez(one.folder / 'predictions.npz', kind='classification', label=labels, prediction=predictions)
        accuracy = 100 * float((labels == predictions).mean()) if value is None else value
        n = len(labels)
        return find_alarms(one, {one.task.metric: accuracy}, n if n_evaluated is None else n_evaluated, n)

    return find


def right(share, shift=0, labels=LABELS):
    """Predictions of which this share equals the label plus a shift, and the rest is five classes off."""
    return np.where(np.random.default_rng(0).random(len(labels)) < share, labels + shift, (labels + 5) % 10)


@pytest.mark.parametrize('share', [0.3, 0.6, 0.97])
def test_none_for_a_healthy_result(alarms, share):
    assert alarms(predictions=right(share)) == []


def test_none_where_classes_are_few_and_all_is_right(alarms):
    few = np.arange(8) % 2
    assert alarms(few, few) == []


def test_samples_lost_or_doubled(alarms):
    assert alarms(predictions=right(0.6), n_evaluated=198) == [
        '198 of 200 test samples were evaluated: samples are lost or doubled.'
    ]


def test_level_of_chance(alarms):
    guesses = np.random.default_rng(1).integers(0, 10, 200)
    (alarm,) = alarms(predictions=guesses)
    assert alarm.endswith('is the level of chance (10.0% with 10 classes).')
    (alarm,) = alarms(predictions=np.full(200, 3))
    assert alarm.startswith('10.0% is the level of chance')


@pytest.mark.parametrize('shift', [-1, 1])
def test_labels_off_by_one(alarms, shift):
    (alarm,) = alarms(predictions=right(0.7, shift))
    assert 'labels shifted by' in alarm and f'{shift:+d}' in alarm and alarm.endswith('labels are off by one.')


def test_too_good_to_be_true(alarms):
    (alarm,) = alarms()
    assert alarm.startswith('every single test image is right')


def test_imagenet_v2_with_folders_sorted_as_strings(alarms, job, finish):
    head = job('imagenet1k')
    finish(head, metrics={'accuracy/top1': 76.0})
    permuted = (LABELS * 3 + 5) % 10
    assert any('sorted as strings' in alarm for alarm in alarms(LABELS, permuted, 'imagenet_v2', value=0.4))
    # Either a head that knows nothing, or one that does well on both, is another matter.
    assert not any('sorted' in alarm for alarm in alarms(LABELS, right(0.6), 'imagenet_v2'))
    finish(head, metrics={'accuracy/top1': 0.6})
    assert not any('sorted' in alarm for alarm in alarms(LABELS, permuted, 'imagenet_v2', value=0.4))


@pytest.mark.parametrize(('rmse', 'alarmed'), [(0.005, True), (0.4, False), (1.2, False), (30.0, True)])
def test_depth_in_wrong_units(job, rmse, alarmed):
    found = find_alarms(job('nyud'), {'rmse': rmse}, 654, 654)
    assert bool(found) == alarmed
    assert not found or f'an RMSE of {rmse:g} m is impossible indoors' in found[0]


def test_metric_missing_or_not_finite(job):
    assert find_alarms(job('ade20k'), {'aAcc': 30.0}, 5, 5) == ['the test gave no mIoU.']
    assert find_alarms(job('ade20k'), {'mIoU': float('nan')}, 5, 5) == ['mIoU is nan: look at the log of the training.']
    assert find_alarms(job('ade20k'), {'mIoU': 12.0}, 5, 5) == []
