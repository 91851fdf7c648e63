import numpy as np
import pytest
import torch

from singer_mm.evaluation.similarity.likeness import (
    cka_matrix,
    compare_pairs,
    gram_distance,
    layer_cka,
    linear_cka,
    token_cosine,
)
from singer_mm.evaluation.similarity.patch_similarity import patch_cosine_correlation
from singer_mm.evaluation.similarity.patch_views import PatchViews, merge_views


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def unbiased_hsic_of_grams(k, l):  # noqa: E741
    """Equation 5 of Song et al. (2012), from Gram matrices (n, n)."""
    n = len(k)
    k, l = k * (1 - np.eye(n)), l * (1 - np.eye(n))  # noqa: E741
    ones = np.ones(n)
    total = np.trace(k @ l) + (ones @ k @ ones) * (ones @ l @ ones) / ((n - 1) * (n - 2))
    return (total - 2 / (n - 2) * (ones @ k @ l @ ones)) / (n * (n - 3))


def cka_of_grams(a, b):
    k, l = (value.numpy().astype(np.float64) @ value.numpy().astype(np.float64).T for value in (a, b))  # noqa: E741
    return unbiased_hsic_of_grams(k, l) / np.sqrt(unbiased_hsic_of_grams(k, k) * unbiased_hsic_of_grams(l, l))


@pytest.mark.parametrize('number', [6, 40])
def test_equals_the_gram_form(number):
    a = random(number, 7) + 3.0
    b = a[:, :4] @ random(4, 9, seed=1) + 0.5 * random(number, 9, seed=2)
    assert linear_cka(a, b) == pytest.approx(cka_of_grams(a, b), rel=1e-4)


def test_rotation_common_scale_and_shift_do_not_matter():
    a = random(50, 8)
    rotation, _ = torch.linalg.qr(random(8, 8, seed=1))
    assert linear_cka(a, a) == pytest.approx(1, abs=1e-5)
    assert linear_cka(a, 30 * a @ rotation + 5) == pytest.approx(1, abs=1e-5)
    assert linear_cka(a, a * torch.tensor([5.0] + 7 * [0.1])) < 0.8  # one channel's own scale does


def test_unrelated_features_score_zero_with_more_channels_than_samples():
    scores = [linear_cka(random(40, 100, seed=seed), random(40, 80, seed=99 - seed)) for seed in range(8)]
    assert abs(np.mean(scores)) < 0.05  # the plain estimate gives 0.7 here


def test_outliers_far_larger_than_the_rest_decide_it():
    a, b = random(200, 8), random(200, 8, seed=1)
    outlier = torch.zeros(200, 1)
    outlier[:4] = 500.0
    assert abs(linear_cka(a, b)) < 0.1
    assert linear_cka(a + outlier, b + outlier) > 0.99


def test_matrix_holds_each_pair_of_layers():
    a, b = {0: random(30, 4), 5: random(30, 6, seed=1)}, {2: random(30, 5, seed=2), 3: random(30, 4), 7: random(30, 3)}
    matrix = cka_matrix(a, b)
    assert matrix.shape == (2, 3)
    assert matrix[0, 1].item() == pytest.approx(1, abs=1e-5)  # the same features
    assert matrix[1, 0].item() == pytest.approx(linear_cka(a[5], b[2]))


def test_features_that_do_not_vary_have_no_cka():
    assert np.isnan(linear_cka(torch.ones(10, 3), random(10, 4)))


def test_different_or_too_few_samples_are_refused():
    with pytest.raises(ValueError, match='10 and 9'):
        linear_cka(random(10, 3), random(9, 3))
    with pytest.raises(ValueError, match='4.*3 and 3'):
        linear_cka(random(3, 3), random(3, 3))


def test_token_cosine_by_hand():
    a = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    b = torch.tensor([[[3.0, 0.0], [1.0, 0.0]]])
    assert token_cosine(a, b).tolist() == [0.5]


@pytest.fixture
def views():
    teacher = {layer: random(3, 9, 8, seed=layer) for layer in range(4)}
    student = {layer: random(3, 9, 5, seed=10 + layer) for layer in range(3)}
    return PatchViews(teacher, student, [(1, 0), (3, 2)], {3: 2 * teacher[3]}, {1: teacher[1], 3: -teacher[3]})


def test_pairs_are_compared_by_all_measures(views):
    first, last = compare_pairs(views)
    assert list(first) == ['student_teacher']
    assert first['student_teacher'].token_cosine == pytest.approx(1)
    expected = patch_cosine_correlation(views.student[0], views.teacher[1]).mean().item()
    assert first['student_teacher'].patch_cosine_correlation == pytest.approx(expected)
    assert first['student_teacher'].cka == pytest.approx(
        linear_cka(views.student[0].reshape(27, 5), views.teacher[1].reshape(27, 8))
    )
    assert list(last) == ['student_teacher', 'student_refined', 'refined_teacher']
    assert last['student_refined'].token_cosine == pytest.approx(-1)
    same = last['refined_teacher']
    assert (same.cka, same.patch_cosine_correlation, same.token_cosine) == pytest.approx((1, 1, 1), abs=1e-5)


def test_without_a_projector_there_is_no_token_cosine(views):
    plain = PatchViews(views.teacher, views.student, views.pairs)
    assert [pair['student_teacher'].token_cosine for pair in compare_pairs(plain)] == [None, None]


def test_layer_cka_has_a_row_for_each_teacher_layer(views):
    matrix = layer_cka(views)
    assert matrix.shape == (4, 3)
    assert matrix[3, 2].item() == pytest.approx(compare_pairs(views)[1]['student_teacher'].cka)


def test_batches_are_merged_image_by_image(views):
    merged = merge_views([views, views])
    assert merged.pairs == views.pairs
    assert merged.projected[1].shape == (6, 9, 8)
    assert torch.equal(merged.teacher[2][3:], views.teacher[2])


def test_gram_distance_by_hand():
    """Two patches at a right angle and two of one direction: their cosine, twice in the matrix, is 0 and 1."""
    apart, alike = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]), torch.tensor([[[3.0, 3.0], [1.0, 1.0]]])
    assert gram_distance(apart, alike).tolist() == pytest.approx([2**0.5])
    assert gram_distance(apart, apart).tolist() == [0]


def test_gram_distance_ignores_lengths_and_rotations_and_compares_spaces():
    patches = torch.randn(2, 5, 8)
    rotation = torch.linalg.qr(torch.randn(8, 8)).Q
    turned = torch.nn.functional.pad(patches @ rotation, (0, 3)) * torch.rand(2, 5, 1).add(0.1)
    assert gram_distance(patches, turned).max() < 1e-5
