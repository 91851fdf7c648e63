"""A silent change of crop, interpolation, norm or split shows in the numbers of the real DINOv2-S on the miniatures."""

import json

import pytest
import torch
from conftest import ROOT
from dinov2_small import dinov2_small
from protocol_numbers import CASES, METRICS, WRITERS, load, measured, what_is_seen

from singer_mm.downstream.feature_cache import FeatureCache
from singer_mm.mini.suite import make_suite

pytestmark = pytest.mark.slow

# Half of what one of 39 images is, and what the order of sums may move where a head trains for hundreds of steps.
TOLERANCES = {'accuracy/top1': 2.6, 'mIoU': 1.0, 'rmse': 0.02}


@pytest.fixture(scope='module')
def golden():
    return json.loads((ROOT / 'tests/data/protocol_numbers.json').read_text())


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('mini')
    make_suite(folder, workers=1, writers=WRITERS)
    return folder


@pytest.fixture(scope='module')
def cache(tmp_path_factory):
    return FeatureCache(tmp_path_factory.mktemp('features'), limit_gib=4)


@pytest.fixture(scope='module')
def teacher(request):
    return dinov2_small(request.config.cache)


@pytest.mark.parametrize('case', CASES)
def test_what_is_seen(case, golden, data, teacher, tmp_path):
    for name, values in what_is_seen(load(case, data, teacher, tmp_path)).items():
        expected = torch.tensor(golden[case][name])
        assert torch.tensor(values) == pytest.approx(expected, rel=0.01, abs=0.01 * float(expected.abs().max())), name


def test_another_crop_shows(golden, data, teacher, tmp_path):
    case = 'imagenet1k/knn'
    cfg = load(case, data, teacher, tmp_path)
    pipeline = cfg.test_dataloader.dataset.pipeline
    [resize] = [step for step in pipeline if 'Resize' in step['type']]
    resize['scale'] = round(1.1 * resize['scale'])
    expected = torch.tensor(golden[case]['features'])
    found = torch.tensor(what_is_seen(cfg)['features'])
    assert (found - expected).abs().max() > 0.05 * expected.abs().max()


@pytest.mark.parametrize('case', CASES)
def test_what_comes_out(case, golden, data, teacher, cache, tmp_path):
    metric = METRICS[case.split('/')[0]]
    found = measured(load(case, data, teacher, tmp_path), cache)
    assert [found] == pytest.approx(golden[case][metric], abs=TOLERANCES[metric])
