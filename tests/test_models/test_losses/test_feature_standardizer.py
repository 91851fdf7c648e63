import pytest
import torch

from singer_mm.models.losses.feature_standardizer import FeatureStandardizer


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
