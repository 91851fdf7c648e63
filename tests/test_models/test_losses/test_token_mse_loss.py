import numpy as np
import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models.losses.token_mse_loss import TokenMSELoss


@pytest.fixture
def tokens():
    """Tokens (2, 3, 4) of two layers, and masks of two tokens in each image."""
    student, teacher = ({layer: torch.randn(2, 3, 4) for layer in (0, 5)} for _ in range(2))
    mask = torch.tensor([[True, False, True], [False, True, True]])
    return student, teacher, {0: mask, 5: ~mask | torch.tensor([True, False, False])}


def squared_errors(student, teacher, masks, layer):
    """Squared errors of the masked tokens of one layer, one by one."""
    pairs = zip(student[layer].numpy(), teacher[layer].numpy(), masks[layer].numpy(), strict=True)
    return [
        (s - t) ** 2
        for image_s, image_t, image_mask in pairs
        for token_s, token_t, hidden in zip(image_s, image_t, image_mask, strict=True)
        if hidden
        for s, t in zip(token_s, token_t, strict=True)
    ]


@pytest.mark.parametrize('masked', [False, True])
def test_against_loops_over_single_numbers(tokens, masked):
    student, teacher, masks = tokens
    masks = masks if masked else {layer: torch.ones(2, 3, dtype=torch.bool) for layer in (0, 5)}
    given = masks if masked else None
    errors = [squared_errors(student, teacher, masks, layer) for layer in (0, 5)]
    mean = TokenMSELoss(loss_weight=3.0)(student, teacher, given)
    assert mean.item() == pytest.approx(3 * sum(np.mean(layer) for layer in errors), rel=1e-5)
    summed = TokenMSELoss(loss_weight=3.0, reduction='sum')(student, teacher, given)
    assert summed.item() == pytest.approx(3 * sum(np.sum(layer) / 2 for layer in errors), rel=1e-5)


def test_gradient_reaches_masked_tokens_alone(tokens):
    student, teacher, masks = tokens
    student[0].requires_grad_()
    TokenMSELoss()({0: student[0]}, teacher, masks).backward()
    assert torch.equal(student[0].grad.abs().sum(-1) > 0, masks[0])


def test_zero_where_nothing_differs(tokens):
    student, _, masks = tokens
    assert TokenMSELoss()(student, student, masks) == 0


def test_half_precision_is_summed_in_float32(tokens):
    student, teacher, _ = tokens
    half = {layer: value.bfloat16() for layer, value in student.items()}
    assert TokenMSELoss(reduction='sum')(half, teacher).dtype == torch.float32


def test_refuses_an_unknown_reduction():
    with pytest.raises(ConfigError, match='reduction.*batch.*mean, sum'):
        TokenMSELoss(reduction='batch')
