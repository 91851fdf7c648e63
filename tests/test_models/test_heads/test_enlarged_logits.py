import numpy as np
import pytest
import torch
import torch.nn.functional as F

from singer_mm.models.heads import enlarged_logits
from singer_mm.models.heads.enlarged_logits import bilinear_matrix, enlarged_rows, upsampled_cross_entropy


@pytest.fixture(params=['whole image', 'some rows', 'one row'])
def block(request, monkeypatch):
    monkeypatch.setattr(
        enlarged_logits, 'CPU_BLOCK', {'whole image': 2**19, 'some rows': 3 * 21 * 5, 'one row': 1}[request.param]
    )


def labelled(batch=2, classes=5, ignored=0.3):
    logits = torch.randn(batch, classes, 3, 4, dtype=torch.float32) * 4
    labels = torch.randint(0, classes, (batch, 14, 21))
    labels[torch.rand(labels.shape) < ignored] = 255
    return logits.requires_grad_(), labels


def test_two_patches_enlarged_to_four_pixels_by_hand():
    # Pixel centres lie at -1/4, 1/4, 3/4 and 5/4 between the patches; outside of them the border is repeated.
    expected = torch.tensor([[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]])
    torch.testing.assert_close(bilinear_matrix(2, 4, torch.zeros(())), expected)


def test_rows_are_those_of_interpolation(block):
    logits = torch.randn(5, 3, 4)
    whole = F.interpolate(logits[None], size=(14, 21), mode='bilinear', align_corners=False)[0].permute(1, 2, 0)
    seen = torch.zeros(14, dtype=torch.int64)
    for rows, values in enlarged_rows(logits, (14, 21)):
        torch.testing.assert_close(values, whole[rows])
        seen[rows] += 1
    assert (seen == 1).all()


def test_equals_the_cross_entropy_of_interpolated_logits(block):
    logits, labels = labelled()
    enlarged = F.interpolate(logits, size=(14, 21), mode='bilinear', align_corners=False)
    expected = F.cross_entropy(enlarged, labels, ignore_index=255)
    (expected_gradient,) = torch.autograd.grad(expected, logits)

    loss = upsampled_cross_entropy(logits, labels)
    (gradient,) = torch.autograd.grad(3 * loss, logits)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient, 3 * expected_gradient)


def test_equals_a_computation_in_numpy():
    logits, labels = labelled(batch=1)
    vertical, horizontal = (bilinear_matrix(n, m, logits).double().numpy() for n, m in ((3, 14), (4, 21)))
    scores = np.einsum('yh,khw,xw->kyx', vertical, logits[0].detach().double().numpy(), horizontal)
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=0))
    target = labels[0].numpy()
    terms = [-log_probabilities[target[y, x], y, x] for y, x in zip(*np.nonzero(target != 255), strict=True)]
    assert upsampled_cross_entropy(logits, labels).item() == pytest.approx(np.mean(terms), rel=1e-5)


def test_huge_logits_stay_finite():
    logits = torch.tensor([1e4, -1e4, 0.0]).view(1, 3, 1, 1).requires_grad_()
    loss = upsampled_cross_entropy(logits, torch.ones(1, 2, 2, dtype=torch.int64))
    loss.backward()
    assert loss.item() == pytest.approx(2e4)
    torch.testing.assert_close(logits.grad.flatten(), torch.tensor([1.0, -1.0, 0.0]))


def test_without_any_label_loss_and_gradient_are_zero():
    logits, labels = labelled(ignored=1.1)
    loss = upsampled_cross_entropy(logits, labels)
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_bfloat16_logits_are_summed_in_float32():
    logits, labels = labelled()
    half = logits.detach().bfloat16().requires_grad_()
    loss = upsampled_cross_entropy(half, labels)
    loss.backward()
    assert (loss.dtype, half.grad.dtype) == (torch.float32, torch.bfloat16)
    torch.testing.assert_close(loss, upsampled_cross_entropy(half.detach().float(), labels))


def test_logits_of_hopeless_classes_leave_no_denormal_gradient():
    logits = torch.linspace(0, -200, 101).view(1, 101, 1, 1).requires_grad_()
    loss = upsampled_cross_entropy(logits, torch.full((1, 4, 4), 100))
    loss.backward()
    expected = F.cross_entropy(logits.detach().double().flatten(1), torch.tensor([100]))
    assert loss.item() == pytest.approx(expected.item())
    gradient = logits.grad.abs()
    assert gradient[gradient > 0].min() > torch.finfo(torch.float32).tiny


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_under_autocast_the_loss_is_that_of_float32(block, dtype):
    logits, labels = labelled()
    logits = logits.detach().to(dtype).requires_grad_()
    expected = upsampled_cross_entropy(logits, labels)
    (expected_gradient,) = torch.autograd.grad(expected, logits)
    rows = list(enlarged_rows(logits[0].detach(), (14, 21)))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = upsampled_cross_entropy(logits, labels)
        assert all(torch.equal(a, b) for (_, a), (_, b) in zip(enlarged_rows(logits[0], (14, 21)), rows, strict=True))
        for _ in enlarged_rows(logits[0], (14, 21)):
            assert torch.is_autocast_enabled('cpu')  # the caller's own products are its own affair
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, expected)
    assert torch.equal(gradient, expected_gradient)
