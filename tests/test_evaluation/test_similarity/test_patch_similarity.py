import numpy as np
import pytest
import torch

from singer_mm.evaluation.similarity.patch_similarity import patch_cosine_correlation


@pytest.fixture
def tokens():
    return torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(0))


def random_like(tokens, width):
    return torch.randn(*tokens.shape[:2], width, generator=torch.Generator().manual_seed(1))


def test_identical_features_correlate_fully(tokens):
    torch.testing.assert_close(patch_cosine_correlation(tokens, tokens), torch.ones(3))


def test_rotation_and_length_of_the_features_do_not_matter(tokens):
    rotation, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(2)))
    lengths = torch.rand(3, 20, 1, generator=torch.Generator().manual_seed(3)) + 0.5
    other = random_like(tokens, 5)
    expected = patch_cosine_correlation(tokens, other)
    torch.testing.assert_close(patch_cosine_correlation(lengths * (tokens @ rotation), other), expected)


def test_widths_may_differ_and_unrelated_features_hardly_correlate(tokens):
    assert patch_cosine_correlation(tokens, random_like(tokens, 30)).abs().max() < 0.3


def test_permuting_the_patches_of_one_model_destroys_the_correlation(tokens):
    permuted = tokens[:, torch.randperm(20, generator=torch.Generator().manual_seed(4))]
    assert patch_cosine_correlation(tokens, permuted).abs().max() < 0.3
    # of both models it changes nothing
    torch.testing.assert_close(patch_cosine_correlation(permuted, permuted), torch.ones(3))


def test_opposite_views_correlate_negatively():
    # Two models that pair three patches in opposite ways: cosines (1, 0, 0) against (-1, 0, 0).
    a = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    b = torch.tensor([[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]])
    torch.testing.assert_close(patch_cosine_correlation(a, b), torch.tensor([-1.0]))


def test_equals_numpy_on_each_image(tokens):
    other = random_like(tokens, 5)

    def off_diagonal(features):
        directions = features / np.linalg.norm(features, axis=1, keepdims=True)
        return (directions @ directions.T)[~np.eye(20, dtype=bool)]

    expected = [
        np.corrcoef(off_diagonal(a), off_diagonal(b))[0, 1]
        for a, b in zip(tokens.numpy().astype(float), other.numpy().astype(float), strict=True)
    ]
    np.testing.assert_allclose(patch_cosine_correlation(tokens, other).numpy(), expected, atol=1e-6)


def test_half_precision_features_are_compared_in_float32(tokens):
    halves = tokens.bfloat16()
    assert patch_cosine_correlation(halves, halves.float()).dtype == torch.float32
    torch.testing.assert_close(patch_cosine_correlation(halves, halves.float()), torch.ones(3))


def test_different_patch_grids_are_refused(tokens):
    with pytest.raises(ValueError, match=r'\(3, 20, 8\) and \(3, 16, 8\)'):
        patch_cosine_correlation(tokens, tokens[:, :16])
