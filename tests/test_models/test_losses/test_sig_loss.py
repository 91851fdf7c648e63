import numpy as np
import pytest
import torch

from singer_mm.models.losses.sig_loss import SigLoss


@pytest.fixture
def depths():
    generator = np.random.default_rng(0)
    pred, target = generator.uniform(0.5, 9, (2, 2, 1, 5, 6))
    target[0, 0, 0] = 0  # without depth
    target[1, 0, 2, 2] = 12  # beyond the range
    return torch.tensor(pred, requires_grad=True), torch.tensor(target)


def test_equals_a_computation_in_numpy(depths):
    terms = []
    for pred, target in zip(*(value.detach().numpy() for value in depths), strict=True):
        valid = (target > 0) & (target <= 10)
        difference = np.log(pred[valid] + 1e-3) - np.log(target[valid] + 1e-3)
        terms.append(np.sqrt(difference.var(ddof=1) + 0.15 * difference.mean() ** 2))
    assert SigLoss(loss_weight=2.0)(*depths).item() == pytest.approx(2 * np.mean(terms))


def test_an_image_counts_alike_in_whichever_batch_it_is(depths):
    pred, target = depths
    alone = [SigLoss()(one[None], truth[None]) for one, truth in zip(pred, target, strict=True)]
    assert SigLoss()(pred, target).item() == pytest.approx(sum(alone).item() / 2)


def test_a_wrong_scale_costs_less_than_a_wrong_shape():
    target = torch.full((1, 1, 4, 4), 2.0)
    scaled = SigLoss()(target * 2, target)
    assert scaled.item() == pytest.approx(0.15**0.5 * np.log(2), rel=1e-3)
    checkered = torch.where(torch.arange(16).view(1, 1, 4, 4) % 2 == 0, target * 2, target / 2)
    assert SigLoss()(checkered, target) > 2 * scaled


def test_gradient_reaches_valid_pixels_only(depths):
    pred, target = depths
    SigLoss()(pred, target).backward()
    assert torch.equal(pred.grad != 0, (target > 0) & (target <= 10))


def test_no_depth_at_all_costs_nothing(depths):
    pred, target = depths
    loss = SigLoss()(pred, torch.zeros_like(target))
    loss.backward()
    assert loss.item() == 0
    assert not pred.grad.any()


def test_perfect_prediction_has_a_finite_gradient(depths):
    _, target = depths
    pred = target.clone().requires_grad_()
    SigLoss()(pred, target).backward()
    assert torch.isfinite(pred.grad).all()
