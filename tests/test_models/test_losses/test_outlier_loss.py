import pytest
import torch

from singer_mm.models import OutlierLoss


def patches_with_norms(*images):
    """Patch tokens (B, N, 3) whose norms are given, image by image."""
    return torch.tensor(images)[..., None] * torch.tensor([1.0, 0.0, 0.0])


def test_against_an_independent_computation():
    patches = patches_with_norms([1.0, 2, 3, 4, 10], [1.0, 1, 1, 1, 6])
    # The 75 % quantile of five values is the fourth: 4 and 1; one outlier in each image, 10 and 6.
    expected = ((10 - 4) ** 2 + (6 - 1) ** 2) / 2
    assert OutlierLoss(quantile=0.75, loss_weight=2.0)({7: patches}).item() == pytest.approx(2 * expected)


def test_mean_over_layers():
    high, flat = patches_with_norms([1.0, 1, 1, 1, 6]), patches_with_norms([1.0, 1, 1, 1, 1])
    assert OutlierLoss(0.75, 1.0)({0: high, 1: flat}).item() == pytest.approx(25 / 2)


def test_equal_norms_have_no_outliers_and_no_nan():
    patches = torch.ones(2, 5, 3, requires_grad=True)
    loss = OutlierLoss()({0: patches})
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(patches.grad, torch.zeros_like(patches))


def test_gradient_reaches_outliers_only_and_shrinks_them():
    patches = patches_with_norms([1.0, 2, 3, 4, 10]).requires_grad_()
    OutlierLoss(0.75)({0: patches}).backward()
    assert patches.grad[0, :4].abs().sum() == 0
    assert patches.grad[0, 4, 0] > 0


def test_relative_norms_against_an_independent_computation():
    patches = patches_with_norms([1.0, 2, 3, 4, 10], [1.0, 1, 1, 1, 6])
    expected = ((10 / 4 - 1) ** 2 + (6 / 1 - 1) ** 2) / 2
    assert OutlierLoss(0.75, 2.0, relative=True)({7: patches}).item() == pytest.approx(2 * expected)


@pytest.mark.parametrize('relative', [True, False])
def test_relative_norms_reward_no_common_factor(relative):
    patches = torch.randn(3, 40, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    loss = OutlierLoss(0.9, 1.0, relative=relative)
    value, shorter = loss({0: patches}), loss({0: 0.5 * patches})
    value.backward()
    along = (patches.grad * patches).sum().item()  # of a step that makes all tokens longer
    if relative:
        assert shorter.item() == pytest.approx(value.item(), rel=1e-5)
        assert along == pytest.approx(0, abs=1e-5)
    else:
        assert shorter < value
        assert along > 0


def test_relative_norms_of_zeros_are_no_nan():
    patches = torch.zeros(1, 5, 3, requires_grad=True)
    loss = OutlierLoss(relative=True)({0: patches})
    loss.backward()
    assert loss.item() == 0
    assert patches.grad.isfinite().all()


def test_relative_norms_pull_outliers_down():
    patches = patches_with_norms([1.0, 2, 3, 4, 10]).requires_grad_()
    OutlierLoss(0.75, relative=True)({0: patches}).backward()
    assert patches.grad[0, :3].abs().sum() == 0
    assert patches.grad[0, 4, 0] > 0


def test_quantile_works_under_bfloat16():
    assert OutlierLoss(0.5)({0: torch.randn(2, 9, 4).bfloat16()}).dtype == torch.float32
