import numpy as np
import pytest
import torch

from singer_mm.analysis.artifacts.layer_artifacts import LayerArtifacts
from singer_mm.analysis.artifacts.measure_artifacts import measure_artifacts
from singer_mm.errors import ConfigError
from singer_mm.models.refiners.nullspace import left_singular_vectors, share_inside, smallest_basis


def one_layer(norms, outlier_energy=(0.0, 0.0, 0.0), singular_values=(4.0, 3.0, 0.0)):
    norms = np.asarray(norms, float)
    outliers = norms > 2 * np.median(norms, axis=(1, 2), keepdims=True)
    energy = np.asarray(outlier_energy)
    return LayerArtifacts(0, 1, norms, outliers, np.asarray(singular_values), energy, np.array([1.0, 1, 2]))


def test_shares_of_energy_by_rank():
    layer = one_layer(np.ones((1, 2, 2)), outlier_energy=[1, 2, 5])
    np.testing.assert_allclose(layer.inside(), [5 / 8, 7 / 8, 1])
    np.testing.assert_allclose(layer.ordinary_inside(), [2 / 4, 3 / 4, 1])
    assert np.isnan(one_layer(np.ones((1, 2, 2))).inside()).all()


def test_gain_of_a_nullspace():
    # Squares from the smallest: 0, 9, 16, their mean over all 25 / 3.
    np.testing.assert_allclose(one_layer(np.ones((1, 2, 2))).gains(), [0, np.sqrt(4.5 / (25 / 3)), 1])


def test_ratio_is_a_mean_over_images():
    norms = np.ones((2, 10, 10))
    norms[0, 0, :5] = 7  # five of a hundred: the 99th percentile is theirs
    assert one_layer(10 * norms).ratio == pytest.approx((7 + 1) / 2)
    assert one_layer(norms).share == pytest.approx(5 / 200)


def test_share_where():
    norms = np.ones((2, 3, 3))
    norms[0, 0, 0] = norms[1, 1, 1] = 3
    corner = np.zeros((3, 3), bool)
    corner[0, 0] = True
    assert one_layer(norms).share_where(corner) == 0.5
    assert np.isnan(one_layer(np.ones((1, 3, 3))).share_where(corner))


def test_planted_artifacts_are_found_where_they_are(planted_teacher):
    measured = measure_artifacts(planted_teacher, torch.rand(3, 3, 64, 64))
    assert [layer.next_block for layer in measured] == [1, 2, 3, 4, 5, 5]
    found = np.zeros((8, 8), bool)
    found[1, 1] = found[2, 4] = True
    for layer in measured:
        assert (layer.outliers == (found if layer.layer >= 3 else np.zeros((8, 8), bool))).all()
    # 200 times the direction that block 4 hears least, beside ordinary tokens of length 1
    assert measured[3].inside()[0] > 0.99
    assert measured[3].ordinary_inside()[0] < 0.2


def test_numbers_agree_with_their_definitions(planted_teacher):
    batch = torch.rand(3, 3, 64, 64)
    measured = measure_artifacts(planted_teacher, batch)[4]
    patches = planted_teacher.forward_tokens(planted_teacher.normalize_images(batch), [4])[4][:, 1:].double()
    np.testing.assert_allclose(measured.norms, patches.norm(dim=-1).reshape(3, 8, 8))
    outliers = torch.from_numpy(measured.outliers).flatten(1)
    deviations = torch.cat([x[mask] - x[~mask].mean(dim=0) for x, mask in zip(patches, outliers, strict=True)])
    left, values = left_singular_vectors(planted_teacher.linear_map(5))
    np.testing.assert_allclose(measured.singular_values, values)
    for rank in (1, 7, 30):
        expected = share_inside(deviations, smallest_basis(left, rank))
        assert measured.inside()[rank - 1] == pytest.approx(expected.item(), rel=1e-6)


def test_progress_counts_the_images(tiny_teacher):
    done = []
    measure_artifacts(tiny_teacher, torch.rand(3, 3, 32, 32), done.append)
    assert sum(done) == 3


@pytest.mark.parametrize('value', [0.0, float('nan')])
def test_a_network_without_working_weights_is_refused(tiny_teacher, value):
    with torch.no_grad():
        for parameter in tiny_teacher.parameters():
            parameter.zero_()
        tiny_teacher.vit.pos_embed.fill_(value)
    with pytest.raises(ConfigError, match='layer 0.*vit_tiny_patch16_224'):
        measure_artifacts(tiny_teacher, torch.rand(1, 3, 32, 32))
