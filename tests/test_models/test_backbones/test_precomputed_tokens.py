import pytest
import torch
from conftest import STUDENT

from singer_mm.models import PrecomputedTokens
from singer_mm.models.backbones.token_formats import OUT_TYPES, VECTOR_TYPES
from singer_mm.registry import MODELS


@pytest.mark.parametrize('out_type', OUT_TYPES)
def test_says_what_the_backbone_said(images, out_type):
    backbone = MODELS.build(dict(STUDENT, frozen=True, out_type=out_type, out_indices=[-1, 1]))
    stored = backbone.forward_tokens(images, [1, 2, 3])
    if out_type in VECTOR_TYPES:
        stored = {layer: torch.stack([value[:, 0], value[:, 1:].mean(1)], dim=1) for layer, value in stored.items()}
    stand_in = PrecomputedTokens(out_type, [2, 0], 1, (4, 4), weights_digest='x')
    outputs = stand_in(torch.stack(list(stored.values()), dim=1))
    for output, expected in zip(outputs, backbone(images), strict=True):
        torch.testing.assert_close(output, expected)


def test_has_nothing_to_train_or_to_store():
    stand_in = PrecomputedTokens('cls_token', [0], 1, (4, 4), weights_digest='x')
    assert not list(stand_in.parameters())
    assert not stand_in.state_dict()
    stand_in.init_weights()
