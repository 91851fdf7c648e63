import pytest
import torch

from singer_mm.models.backbones.token_formats import OUT_TYPES, format_tokens

# One image: a CLS token, a register, and six patches in two rows of three; two channels.
TOKENS = torch.tensor([[[9, 8], [0, 0], [1, -1], [2, -2], [3, -3], [4, -4], [5, -5], [6, -6]]]).float()
MAP = [[[1, 2, 3], [4, 5, 6]], [[-1, -2, -3], [-4, -5, -6]]]


@pytest.mark.parametrize(
    ('out_type', 'expected'),
    [
        ('tokens', TOKENS[0].tolist()),
        ('cls_token', [9, 8]),
        ('avg_patch', [3.5, -3.5]),
        ('cls_and_avg', [[9, 8], [3.5, -3.5]]),
        ('feat_map', MAP),
        ('cls_and_map', [*MAP, [[9] * 3] * 2, [[8] * 3] * 2]),
    ],
)
def test_by_hand(out_type, expected):
    output = format_tokens(TOKENS, out_type, num_prefix_tokens=2, grid=(2, 3))
    assert torch.equal(output, torch.tensor([expected]).float())


def test_gradients_reach_the_tokens_that_are_used():
    used = {'cls_token': [0], 'avg_patch': range(2, 8), 'cls_and_map': [0, *range(2, 8)], 'tokens': range(8)}
    for out_type, places in used.items():
        tokens = TOKENS.clone().requires_grad_()
        format_tokens(tokens, out_type, 2, (2, 3)).sum().backward()
        assert set(tokens.grad[0, :, 0].nonzero().flatten().tolist()) == set(places)
    assert set(used) <= set(OUT_TYPES)


def test_maps_are_contiguous_for_convolutions():
    assert format_tokens(TOKENS, 'feat_map', 2, (2, 3)).is_contiguous()
