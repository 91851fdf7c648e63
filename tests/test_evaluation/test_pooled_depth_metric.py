import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

import singer_mm.libraries.mmseg  # noqa: F401
from singer_mm.errors import DataError
from singer_mm.evaluation.metrics.pooled_depth_metric import PooledDepthMetric


def evaluate(pairs):
    init_default_scope('mmseg')
    metric = PooledDepthMetric()
    metric.process(
        None,
        [
            dict(pred_depth_map=dict(data=torch.tensor(p)[None]), gt_depth_map=dict(data=torch.tensor(t)[None]))
            for p, t in pairs
        ],
    )
    return metric.evaluate(len(pairs))


def test_against_numpy():
    random = np.random.default_rng(0)
    pairs = [(random.uniform(-1, 11, (6, 7)), random.uniform(0.5, 10.5, (6, 7))) for _ in range(4)]
    pairs[0][1][0] = 0
    prediction, truth = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    counted = (truth > 0) & (truth < 10) & (prediction > 0) & (prediction < 10)
    per_image = [np.sqrt(np.mean((p - t) ** 2)) for p, t in pairs]
    prediction, truth = prediction[counted], truth[counted]
    ratio = np.maximum(prediction / truth, truth / prediction)
    assert evaluate(pairs) == pytest.approx(
        {
            'rmse': np.sqrt(np.mean((prediction - truth) ** 2)),
            'abs_rel': np.mean(np.abs(prediction - truth) / truth),
            'd1': np.mean(ratio < 1.25),
            'd2': np.mean(ratio < 1.25**2),
            'd3': np.mean(ratio < 1.25**3),
            'rmse_per_image': np.mean(per_image),
        }
    )


def test_no_pixel_is_an_error():
    with pytest.raises(DataError, match='1 images .*0 and 10 m'):
        evaluate([(np.ones((2, 2)), np.zeros((2, 2)))])
