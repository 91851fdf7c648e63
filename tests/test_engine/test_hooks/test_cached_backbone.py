import pytest
import torch
from torch import nn

from singer_mm.engine.hooks.cached_backbone import CachedBackbone, cached_backbone


class Backbone(nn.Linear):
    patch_size = 8

    def __init__(self):
        super().__init__(4, 3)
        self.calls = 0
        self.num_extra_tokens = 5

    def forward(self, inputs, scale=1.0):
        self.calls += 1
        return (scale * super().forward(inputs),)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(3, 2)

    def forward(self, inputs):
        """Call the backbone twice, as sliding windows do."""
        return self.head(self.backbone(inputs)[0] - self.backbone(inputs, scale=0.3)[0])


@pytest.fixture
def model():
    return Model().eval()


def test_outputs_are_those_of_the_backbone_to_the_bit_and_computed_once(model):
    inputs, expected = torch.randn(5, 4), []
    heads = [nn.Linear(3, 2) for _ in range(3)]
    for model.head in heads:
        expected.append(model(inputs))
    model.backbone.calls = 0
    with cached_backbone(model) as backbone:
        for model.head, value in zip(heads, expected, strict=True):
            backbone.rewind()
            assert torch.equal(model(inputs), value)
    assert model.backbone.calls == 2


def test_attributes_are_those_of_the_backbone(model):
    with cached_backbone(model) as backbone:
        assert (model.backbone.patch_size, model.backbone.num_extra_tokens, model.backbone.training) == (8, 5, False)
        assert torch.equal(backbone.weight, backbone.cached.weight)
        assert not hasattr(backbone, 'class_embed_select')  # mmseg's DepthEstimator asks for it


@pytest.mark.parametrize('fails', [False, True])
def test_the_backbone_is_back_in_its_place_also_after_an_exception(model, fails):
    before, names = model.backbone, [name for name, _ in model.named_modules()]
    try:
        with cached_backbone(model):
            assert type(model.backbone) is CachedBackbone
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert model.backbone is before
    assert [name for name, _ in model.named_modules()] == names
