import copy

import numpy as np
import pytest
import torch

from singer_mm.models.losses.feature_standardizer import FeatureStandardizer, mean_moments, moments_of


def test_channels_get_mean_zero_and_deviation_one():
    tokens = torch.randn(4, 50, 3) * torch.tensor([1.0, 10.0, 0.1]) + torch.tensor([5.0, -2.0, 0.0])
    standardizer = FeatureStandardizer([7], 3, per_channel=True)
    standardizer.observe({7: tokens})
    result = standardizer(7, tokens)
    torch.testing.assert_close(result.mean(dim=(0, 1)), torch.zeros(3), rtol=0, atol=1e-4)
    torch.testing.assert_close(result.std(dim=(0, 1), correction=0), torch.ones(3), rtol=1e-3, atol=0)


def test_one_deviation_for_the_layer_keeps_directions():
    tokens = torch.randn(4, 50, 3) * torch.tensor([1.0, 10.0, 0.1])
    standardizer = FeatureStandardizer([7], 3, per_channel=False)
    standardizer.observe({7: tokens})
    ratio = standardizer(7, tokens) / tokens
    torch.testing.assert_close(ratio, ratio[0, 0, 0].expand_as(ratio))


def test_statistics_average_over_batches_at_first():
    standardizer = FeatureStandardizer([0], 1, per_channel=True)
    for value in (1.0, 2.0, 6.0):
        standardizer.observe({0: torch.full((1, 2, 1), value)})
    assert standardizer.mean_0.item() == pytest.approx(3)
    assert standardizer.square_0.item() == pytest.approx((1 + 4 + 36) / 3)


def test_later_batches_weigh_one_percent():
    standardizer = FeatureStandardizer([0], 1, per_channel=True)
    for _ in range(200):
        standardizer.observe({0: torch.zeros(1, 2, 1)})
    standardizer.observe({0: torch.full((1, 2, 1), 100.0)})
    assert standardizer.mean_0.item() == pytest.approx(1)


def test_a_checkpoint_carries_the_statistics():
    standardizer, other = (FeatureStandardizer([0], 3, per_channel=True) for _ in range(2))
    standardizer.observe({0: torch.randn(1, 5, 3)})
    other.load_state_dict(standardizer.state_dict())
    tokens = torch.randn(1, 2, 3)
    assert torch.equal(standardizer(0, tokens), other(0, tokens))


def test_before_the_first_batch_it_changes_nothing():
    tokens = torch.randn(1, 2, 3)
    torch.testing.assert_close(FeatureStandardizer([0], 3, per_channel=True)(0, tokens), tokens, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('ratio', [3e3, 3e4, 1e6])
def test_a_mean_of_many_deviations_leaves_the_variance_right(ratio):
    standardizer = FeatureStandardizer([0], 2, per_channel=True)
    generator = np.random.default_rng(0)
    batches = [(generator.normal(ratio, 1, (4, 64, 2)) * [1, -1]).astype(np.float32) for _ in range(5)]
    for batch in batches:
        standardizer.observe({0: torch.from_numpy(batch)})
    expected = np.stack(batches).astype(np.float64).var(axis=(0, 1, 2))
    np.testing.assert_allclose(standardizer.variance_0.numpy(), expected, rtol=0.01 + 1e-8 * ratio)
    result = standardizer(0, torch.from_numpy(batches[0]))
    assert result.isfinite().all()
    assert result.abs().max() < 10


@pytest.mark.parametrize('value', [0.1, 1234.567, -98765.4])
def test_a_constant_channel_becomes_zero_and_no_nan(value):
    standardizer = FeatureStandardizer([0], 3, per_channel=True)
    for _ in range(150):
        standardizer.observe({0: torch.full((2, 7, 3), value)})
    result = standardizer(0, torch.full((2, 7, 3), value))
    assert result.isfinite().all()
    assert result.abs().max() < 1
    assert (standardizer.variance_0 >= 0).all()


def test_parts_and_the_whole_have_the_same_moments():
    tokens = 100 + torch.randn(6, 5, 3) * torch.tensor([1.0, 10.0, 0.1])
    whole = moments_of(tokens)
    assert whole.dtype == torch.float64
    torch.testing.assert_close(mean_moments([moments_of(part) for part in tokens.chunk(3)]), whole, rtol=1e-7, atol=0)
    expected = np.stack([tokens.double().numpy().mean((0, 1)), tokens.double().numpy().var((0, 1))])
    np.testing.assert_allclose(whole.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize('per_channel', [True, False])
def test_ordinary_features_get_what_the_mean_square_gave(per_channel):
    """The formula of earlier versions, in float64."""
    standardizer = FeatureStandardizer([0], 4, per_channel)
    mean, square = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    for step in range(120):
        tokens = torch.randn(2, 9, 4) * torch.tensor([1.0, 2.0, 0.5, 3.0]) + torch.tensor([0.0, 1.0, -0.5, 2.0])
        standardizer.observe({0: tokens})
        weight = max(1 / (step + 1), 0.01)
        mean.lerp_(tokens.double().mean((0, 1)), weight)
        square.lerp_(tokens.double().square().mean((0, 1)), weight)
    variance = square - mean.square()
    scale = (variance + 1e-6).sqrt() if per_channel else (variance.mean() + 1e-6).sqrt()
    expected = (tokens - mean if per_channel else tokens.double()) / scale
    torch.testing.assert_close(standardizer(0, tokens).double(), expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(standardizer.square_0.double(), square, rtol=1e-6, atol=0)


def test_a_checkpoint_of_an_older_version_loads():
    old, new = (FeatureStandardizer([3, 5], 3, per_channel=True) for _ in range(2))
    for _ in range(3):
        old.observe({layer: 2 + torch.randn(1, 50, 3) for layer in (3, 5)})
    state = {key: value for key, value in old.state_dict().items() if 'variance' not in key}
    kept = copy.deepcopy(state)
    new.load_state_dict(state, strict=True)
    assert state.keys() == kept.keys()
    torch.testing.assert_close(new.variance_5, old.variance_5, rtol=1e-5, atol=0)
    state['mean_3'] = state['square_3'].sqrt() * 2  # the rounding of the past: less than nothing
    new.load_state_dict(state, strict=True)
    assert (new.variance_3 == 0).all()
