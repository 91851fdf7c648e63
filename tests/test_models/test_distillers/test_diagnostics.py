import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.models.distillers.diagnostics import STATISTICS, _outlier_share, layer_statistics
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


def test_a_teacher_of_zeros_gives_numbers(singer, images):
    with torch.no_grad():
        for value in singer.teacher.parameters():
            value.zero_()
    for values in layer_statistics(singer, images, 0.8).values():
        assert set(values) == set(STATISTICS)
        assert values['outlier_ratio_teacher'] == values['outlier_ratio_refined'] == values['median_norm_ratio'] == 1
        assert values['perturbation'] == values['info_error'] == values['nullspace_share'] == 0
        assert values['outlier_kd_share'] == 0  # no patch is above the others


def test_a_student_that_has_arrived_has_no_gradient_on_outliers(singer, images):
    features = singer.extract(images)
    gradient = torch.zeros_like(features.patches(features.student)[3])
    assert _outlier_share(gradient, gradient.norm(dim=-1), 0.8) == 0


def test_leaves_no_gradients_behind(singer, images):
    layer_statistics(singer, images, 0.8)
    assert all(value.grad is None for value in singer.parameters())


def test_without_a_refiner_fewer_statistics(images):
    fitnet = MODELS.build(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[5]))
    assert set(layer_statistics(fitnet, images, 0.8)[5]) == {'outlier_ratio_teacher', 'outlier_kd_share'}
