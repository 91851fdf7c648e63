import numpy as np
import pytest

from singer_mm.analysis.artifacts.layer_artifacts import LayerArtifacts
from singer_mm.analysis.artifacts.recommendation import MIN_OUTLIER_SHARE, null_rank, recommend

WIDTH = 20


def layer(index, outliers=0, null=8, energy=None, depth=12):
    """A layer of four images of 10 x 10 patches, ``outliers`` of them in each, with ``null`` singular values of 0."""
    norms = np.ones((4, 10, 10))
    norms[:, 0, :outliers] = 9
    values = np.ones(WIDTH)
    values[WIDTH - null :] = 0
    energy = np.eye(WIDTH)[-1] if energy is None else np.asarray(energy, float)
    energy = energy if outliers else np.zeros(WIDTH)
    return LayerArtifacts(index, min(index + 1, depth - 1), norms, norms > 2, values, energy, np.ones(WIDTH))


def teacher(depth=12, **changed):
    """Layers without artifacts, but for ``l3=dict(...)``."""
    return [layer(index, depth=depth, **changed.get(f'l{index}', {})) for index in range(depth)]


def test_nothing_to_suppress_is_said_and_no_quantile_invented():
    advice = recommend(teacher())
    assert advice.layers == (8, 11) and advice.quantile is None and advice.rank == 8
    assert len(advice.warnings) == 1 and '0.00%' in advice.warnings[0]
    assert 'loss_outlier=None' in advice.config


@pytest.mark.parametrize(('depth', 'layers'), [(24, (17, 23)), (12, (8, 11)), (40, (29, 39)), (6, (3, 5)), (1, (0,))])
def test_the_papers_relative_depths(depth, layers):
    assert recommend(teacher(depth)).layers == layers


@pytest.mark.parametrize(
    ('affected', 'first'),
    [((8,), 8), ((6, 7), 7), ((10,), 10), ((7, 9), 9), ((6, 11), 6), ((2, 3), 8), ((11,), 8)],
)
def test_layers_move_to_where_the_artifacts_are(affected, first):
    measured = teacher(**{f'l{index}': dict(outliers=2) for index in affected})
    assert recommend(measured).layers == (first, 11)


def test_artifacts_that_are_gone_by_the_end_are_a_warning_too():
    advice = recommend(teacher(l2=dict(outliers=3)))
    assert advice.quantile is None
    assert all(word in advice.warnings[0] for word in ('block 2', '3.00%'))


def test_rank_is_bound_by_the_smaller_nullspace():
    assert recommend(teacher(l8=dict(null=5))).rank == 5
    assert recommend(teacher(l11=dict(null=3))).rank == 3
    assert recommend(teacher(l4=dict(null=1))).rank == 8  # not distilled


def test_rank_shrinks_to_what_holds_the_artifacts():
    # Of 8 null directions the last one holds 60 %, the one before 35 % of what is inside; half of it all is outside.
    energy = np.zeros(WIDTH)
    energy[[-1, -2, -5, 0]] = 0.30, 0.175, 0.025, 0.5
    advice = recommend(teacher(l8=dict(outliers=2, energy=energy)))
    assert advice.rank == 2
    assert '48% at layer 8' in advice.reasons[1]


def test_no_nullspace_no_rank():
    advice = recommend(teacher(l8=dict(null=0)))
    assert advice.rank is None
    assert 'rank' not in advice.config


def test_quantile_leaves_the_outliers_above():
    assert recommend(teacher(l8=dict(outliers=3))).quantile == 0.97
    assert recommend(teacher(l8=dict(outliers=3), l11=dict(outliers=5))).quantile == 0.95
    assert recommend(teacher(l8=dict(outliers=3), l9=dict(outliers=10))).quantile == 0.97  # 9 is not distilled


def test_quantile_leaves_at_least_one_patch():
    measured = teacher()
    norms = np.ones((4, 10, 10))
    norms[0, 0, 0] = 9  # one image of four, so that most images have none
    few = layer(8, 1)
    measured[8] = LayerArtifacts(8, 9, norms, norms > 2, few.singular_values, few.outlier_energy, few.ordinary_energy)
    assert recommend(measured).quantile == 0.99


def test_artifacts_outside_of_the_nullspace_are_a_warning():
    energy = np.zeros(WIDTH)
    energy[[0, -1]] = 0.99, 0.01
    advice = recommend(teacher(l8=dict(outliers=2, energy=energy)))
    assert advice.rank == 1
    assert all(word in advice.warnings[0] for word in ('Layer 8', '1.0%', 'rank 1'))
    assert not recommend(teacher(l8=dict(outliers=2))).warnings


def test_null_rank_follows_its_limit():
    values = np.ones(WIDTH)
    # gain of rank 1: a / RMS, with RMS close to 1
    assert null_rank(with_smallest(values, 0.09)) == 1
    assert null_rank(with_smallest(values, 0.11)) == 0


def with_smallest(values, smallest):
    values = values.copy()
    values[-1] = smallest
    one = layer(0)
    return LayerArtifacts(0, 1, one.norms, one.outliers, values, one.outlier_energy, one.ordinary_energy)


def test_a_handful_in_ten_thousand_is_chance():
    assert 1 / 400 > MIN_OUTLIER_SHARE
    norms = np.ones((1, 40, 40))
    norms[0, 0, 0] = 9  # 1 of 1600
    one = layer(8)
    rare = LayerArtifacts(8, 9, norms, norms > 2, one.singular_values, np.eye(WIDTH)[-1], one.ordinary_energy)
    measured = teacher()
    measured[8] = rare
    assert recommend(measured).quantile is None
