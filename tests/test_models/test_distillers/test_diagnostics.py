import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.models.distillers.diagnostics import STATISTICS, layer_statistics
from singer_mm.registry import MODELS


def test_all_statistics_of_every_layer(singer, images):
    statistics = layer_statistics(singer, images, quantile=0.8)
    assert set(statistics) == {3, 5}
    assert all(set(values) == set(STATISTICS) for values in statistics.values())


def test_the_start_lies_inside_the_nullspace(singer, images):
    for values in layer_statistics(singer, images, 0.8).values():
        assert values['nullspace_share'] == pytest.approx(1, abs=1e-6)
        assert values['perturbation'] > 0
        assert values['median_norm_ratio'] > 1  # what lies in the nullspace is doubled


def test_an_identity_refiner_changes_nothing(singer, images):
    for refiner in singer.refiners.values():
        torch.nn.init.zeros_(refiner.up)
    for values in layer_statistics(singer, images, 0.8).values():
        assert values['perturbation'] == values['nullspace_share'] == 0
        assert values['median_norm_ratio'] == 1
        assert values['outlier_ratio_refined'] == values['outlier_ratio_teacher']
        assert values['info_error'] == pytest.approx(0, abs=1e-6)


def test_kd_share_against_an_independent_computation(singer, images):
    share = layer_statistics(singer, images, 0.8)[3]['outlier_kd_share']
    features = singer.extract(images)
    error = (features.student[3] - features.refined[3])[:, 1:].square().sum(-1)
    norms = features.teacher[3][:, 1:].norm(dim=-1)
    outliers = norms > norms.quantile(0.8, dim=1, keepdim=True)
    assert share == pytest.approx((error[outliers].sum() / error.sum()).item(), rel=1e-5)


def test_leaves_no_gradients_behind(singer, images):
    layer_statistics(singer, images, 0.8)
    assert all(value.grad is None for value in singer.parameters())


def test_without_a_refiner_fewer_statistics(images):
    fitnet = MODELS.build(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[5]))
    assert set(layer_statistics(fitnet, images, 0.8)[5]) == {'outlier_ratio_teacher', 'outlier_kd_share'}
