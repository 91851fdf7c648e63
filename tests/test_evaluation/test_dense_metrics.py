"""What mmseg's metrics compute, against the definitions: the tables rest on them."""

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.evaluation import DepthMetric, IoUMetric
from mmseg.structures import SegDataSample
from sklearn.metrics import jaccard_score

from singer_mm.errors import DataError
from singer_mm.evaluation.metrics.depth_metric_per_image import DepthMetricPerImage


def segmented(label, prediction):
    return SegDataSample(
        gt_sem_seg=PixelData(data=torch.tensor([label])), pred_sem_seg=PixelData(data=torch.tensor([prediction]))
    ).to_dict()


# Two images of different size; class 2 occurs in the second one only, class 3 nowhere, 255 does not count.
LABELS = ([[0, 0, 1], [1, 1, 255]], [[2, 2, 2, 0]])
PREDICTIONS = ([[0, 1, 1], [1, 1, 0]], [[2, 2, 0, 2]])


def miou_in_numpy(batches):
    values = []
    for index in range(3):
        pairs = [(np.array(label), np.array(prediction)) for label, prediction in batches]
        both = sum(((label == index) & (prediction == index)).sum() for label, prediction in pairs)
        either = sum((((label == index) | (prediction == index)) & (label != 255)).sum() for label, prediction in pairs)
        values.append(both / either if either else np.nan)
    return 100 * np.nanmean(values)


def test_miou_sums_over_the_dataset_before_it_divides():
    metric = IoUMetric(iou_metrics=['mIoU'])
    metric.dataset_meta = dict(classes=('a', 'b', 'c', 'nowhere'))
    pairs = list(zip(LABELS, PREDICTIONS, strict=True))
    for label, prediction in pairs:  # a batch each
        metric.process({}, [segmented(label, prediction)])
    miou = metric.evaluate(size=2)['mIoU']
    # By hand: a: 1 of {2, 1 false, 1 missed} pixels; b: 3 of 4; c: 2 of 4.
    assert miou == pytest.approx(100 * (1 / 4 + 3 / 4 + 2 / 4) / 3, abs=0.01)
    assert miou == pytest.approx(miou_in_numpy(pairs), abs=0.01)
    label, prediction = (np.concatenate([np.ravel(each[part]) for each in pairs]) for part in (0, 1))
    counted = label != 255
    independent = jaccard_score(label[counted], prediction[counted], labels=[0, 1, 2], average='macro')
    assert miou == pytest.approx(100 * independent, abs=0.01)
    assert abs(miou - np.mean([miou_in_numpy([pair]) for pair in pairs])) > 1


def scene(seed, scale):
    generator = np.random.default_rng(seed)
    target = generator.uniform(0.5, 9.5, (480, 640)).astype(np.float32)
    target[generator.uniform(size=target.shape) < 0.2] = 0
    prediction = np.clip(target + generator.normal(0, scale, target.shape), 0.001, 10).astype(np.float32)
    # Errors outside of the Eigen crop must not count: the first row and column beyond it on each side.
    for rows, columns in ((44, slice(None)), (471, slice(None)), (slice(None), 40), (slice(None), 601)):
        target[rows, columns], prediction[rows, columns] = 9.0, 0.001
    return target, prediction


def rmse_in_numpy(target, prediction):
    crop = np.s_[45:471, 41:601]
    target, prediction = target[crop].astype(np.float64), prediction[crop].astype(np.float64)
    valid = (target > 0.001) & (target < 10)
    return np.sqrt(np.mean((target - prediction)[valid] ** 2))


RANGE = dict(min_depth_eval=0.001, max_depth_eval=10.0, crop_type='nyu_crop')


@pytest.fixture(params=[DepthMetric, DepthMetricPerImage])
def depth_metric(request):
    return request.param(**RANGE)


def estimated(target, prediction):
    return SegDataSample(
        gt_depth_map=PixelData(data=torch.from_numpy(target)[None]),
        pred_depth_map=PixelData(data=torch.from_numpy(prediction)[None]),
    ).to_dict()


def test_rmse_is_taken_in_the_eigen_crop_of_each_image_and_then_averaged(depth_metric):
    scenes = [scene(0, 0.2), scene(1, 2.0)]
    depth_metric.process({}, [estimated(*pair) for pair in scenes])
    metrics = depth_metric.evaluate(size=2)
    each = [rmse_in_numpy(*pair) for pair in scenes]
    assert metrics['rmse'] == pytest.approx(np.mean(each), rel=1e-5)
    # Pooled over pixels it would be larger, by far.
    assert np.sqrt(np.mean(np.square(each))) > 1.2 * metrics['rmse']


def test_the_other_depth_metrics_against_numpy(depth_metric):
    scenes = [scene(seed, scale) for seed, scale in ((0, 0.2), (1, 1.0))]
    depth_metric.process({}, [estimated(*pair) for pair in scenes])
    found = depth_metric.evaluate(size=2)
    expected = dict(abs_rel=[], sq_rel=[], log10=[], rmse_log=[], d1=[], d2=[], d3=[])
    for target, prediction in scenes:
        target, prediction = (values[45:471, 41:601].astype(np.float64) for values in (target, prediction))
        valid = (target > 0.001) & (target < 10)
        target, prediction = target[valid], prediction[valid]
        ratio = np.maximum(target / prediction, prediction / target)
        logs = np.log(prediction) - np.log(target)
        expected['abs_rel'].append(np.mean(np.abs(target - prediction) / target))
        expected['sq_rel'].append(np.mean((target - prediction) ** 2 / target))
        expected['log10'].append(np.mean(np.abs(np.log10(prediction) - np.log10(target))))
        expected['rmse_log'].append(np.sqrt(np.mean(logs**2)))
        for key, power in (('d1', 1), ('d2', 2), ('d3', 3)):
            expected[key].append(np.mean(ratio < 1.25**power))
    for key, values in expected.items():
        assert found[key] == pytest.approx(np.mean(values), rel=1e-3), key


def test_predictions_beyond_the_range_count(depth_metric):
    """The mask is that of the truth; a prediction is clamped by the heads, never dropped."""
    target, prediction = np.full((480, 640), 5.0, np.float32), np.full((480, 640), 5.0, np.float32)
    prediction[45:471, 41:321] = 10.0  # half of the crop's columns
    depth_metric.process({}, [estimated(target, prediction)])
    metrics = depth_metric.evaluate(size=1)
    assert metrics['rmse'] == pytest.approx(np.sqrt(0.5 * 25))
    assert metrics['abs_rel'] == pytest.approx(0.5)
    assert metrics['d1'] == pytest.approx(0.5)


def test_ours_gives_the_numbers_of_mmseg_and_keeps_no_pixels():
    theirs, ours = DepthMetric(**RANGE), DepthMetricPerImage(**RANGE)
    samples = [estimated(*scene(seed, 1.0)) for seed in range(3)]
    for metric in (theirs, ours):
        metric.process({}, samples)
    assert all(isinstance(value, float) for result in ours.results for value in result.values())
    expected, metrics = theirs.evaluate(size=3), ours.evaluate(size=3)
    assert metrics == pytest.approx(expected)
    assert len(metrics) == 9


def test_an_image_without_depth_in_the_crop_is_left_out_of_the_mean():
    target, prediction = scene(0, 1.0)
    empty = np.zeros_like(target)
    empty[:40] = 3.0  # above the Eigen crop
    metric = DepthMetricPerImage(**RANGE)
    metric.process({}, [estimated(target, prediction), estimated(empty, prediction)])
    assert metric.evaluate(size=2)['rmse'] == pytest.approx(rmse_in_numpy(target, prediction), rel=1e-5)
    metric.process({}, [estimated(empty, prediction)])
    with pytest.raises(DataError, match=r'1 images .*0\.001 and 10\.0 m'):
        metric.evaluate(size=1)
