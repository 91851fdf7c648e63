import numpy as np
import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.analysis.views.feature_maps import compare_views, last_block_map
from singer_mm.evaluation.similarity.feature_view import FeatureView, patch_agreement, patch_at
from singer_mm.registry import MODELS


def view(label='a', channels=5, grid=(3, 4), images=2):
    return FeatureView(label, torch.randn(images, grid[0] * grid[1], channels), grid)


def test_agreement_is_the_correlation_of_a_patchs_cosines_with_all_others():
    a, b = torch.randn(1, 6, 4), torch.randn(1, 6, 9)
    agreement = patch_agreement(a, b)
    for patch in range(6):
        rows = []
        for tokens in (a[0].numpy(), b[0].numpy()):
            lengths = np.linalg.norm(tokens, axis=1)
            cosines = tokens @ tokens[patch] / lengths / lengths[patch]
            rows.append(np.delete(cosines, patch))
        assert float(agreement[0, patch]) == pytest.approx(np.corrcoef(*rows)[0, 1], abs=1e-5)


def test_agreement_knows_neither_scale_nor_basis_nor_width():
    tokens = torch.randn(2, 8, 5)
    rotation = torch.linalg.qr(torch.randn(5, 5))[0]
    torch.testing.assert_close(patch_agreement(tokens, 7 * tokens @ rotation), torch.ones(2, 8))
    torch.testing.assert_close(patch_agreement(tokens, torch.cat([tokens, 0 * tokens], dim=-1)), torch.ones(2, 8))


def test_a_patch_that_resembles_the_opposite_patches_disagrees():
    # Cosines of patch 0 with the others: 1, 0, -1 in one network and -1, 0, 1 in the other.
    a = torch.tensor([[[1.0, 0], [1, 0], [0, 1], [-1, 0]]])
    b = torch.tensor([[[1.0, 0], [-1, 0], [0, 1], [1, 0]]])
    assert float(patch_agreement(a, b)[0, 0]) == pytest.approx(-1)


def test_maps_lie_where_their_patches_are():
    patches = torch.zeros(1, 12, 2)
    patches[0, :, 0] = 1
    patches[0, 6] = torch.tensor([0.0, 3.0])  # row 1, column 2 of 3x4
    seen = FeatureView('a', patches, (3, 4))
    assert np.argwhere(seen.norms()[0] == 3).tolist() == [[1, 2]]
    assert np.argwhere(seen.cosines((1, 2))[0] == 1).tolist() == [[1, 2]]
    assert seen.cosines((0, 0))[0][1, 2] == 0
    assert seen.features()[0, 1, 2].tolist() == [0, 3]


def test_all_views_are_compared_with_the_first():
    teacher, student = view('teacher'), view('student', channels=3)
    maps = compare_views([teacher, student], place=(0.0, 1.0))
    assert maps.mark == (0, 3)
    assert list(maps.norms) == list(maps.cosines) == list(maps.features) == ['teacher', 'student']
    assert list(maps.agreements) == ['student']
    np.testing.assert_allclose(
        np.stack(maps.agreements['student']).reshape(2, -1),
        patch_agreement(student.patches, teacher.patches),
        atol=1e-6,
    )
    assert all(cosines[0, 3] == pytest.approx(1) for cosines in maps.cosines['student'])
    assert maps.resampled == []


def test_a_teacher_alone_has_nothing_to_agree_with():
    assert compare_views([view()]).agreements == {}


def test_another_grid_is_resampled_where_it_is_compared():
    teacher, student = view('teacher', grid=(4, 4)), view('student', grid=(2, 2))
    maps = compare_views([teacher, student])
    assert maps.resampled == ['student'] and maps.grid == (4, 4)
    assert maps.norms['student'][0].shape == (2, 2) and maps.features['student'].shape == (2, 2, 2, 5)
    assert maps.cosines['student'][0].shape == maps.agreements['student'][0].shape == (4, 4)


def test_resampling_keeps_constant_features_and_their_places():
    patches = torch.zeros(1, 4, 1)
    patches[0, 1] = 8  # the upper right quarter
    resampled = FeatureView('a', patches, (2, 2)).on_grid((4, 4)).features()[0, ..., 0]
    assert resampled[0, 3] == resampled.max() == 8 and resampled[3, 0] == 0
    constant = FeatureView('a', torch.ones(1, 4, 3), (2, 2)).on_grid((3, 5))
    torch.testing.assert_close(constant.patches, torch.ones(1, 15, 3))


@pytest.mark.parametrize(
    ('place', 'patch'), [((0, 0), (0, 0)), ((1, 1), (3, 7)), ((0.5, 0.5), (2, 4)), ((0.24, 0.26), (0, 2))]
)
def test_relative_places(place, patch):
    assert patch_at(place, (4, 8)) == patch


def test_the_last_block_before_the_final_norm(images):
    network = MODELS.build(TEACHER).freeze()
    expected = network.forward_tokens(images, [5])[5][:, 1:]
    maps = last_block_map(network, images)
    assert torch.equal(maps, expected.reshape(3, 4, 4, 48))
    small = MODELS.build({**STUDENT, 'autocast': 'bfloat16'}).freeze()
    assert last_block_map(small, images).dtype == torch.float32
