import pytest
import torch
from conftest import TEACHER

from singer_mm.errors import ConfigError
from singer_mm.models.refiners.fixed_scale import FixedScale
from singer_mm.registry import MODELS


@pytest.fixture
def teacher():
    return MODELS.build(TEACHER)


def test_scales_the_patches_of_its_layer(teacher):
    refiner = FixedScale({'3': 0.5, '5': 2})
    tokens = torch.randn(2, 1 + 16, 48)
    for layer, factor in ((3, 0.5), (5, 2)):
        refiner.start(teacher, layer, next_block=layer)
        refined = refiner.refine(tokens, 1, (4, 4))
        assert torch.equal(refined[:, 1:], factor * tokens[:, 1:])
        assert torch.equal(refined[:, :1], tokens[:, :1])


def test_a_layer_without_a_factor_is_named(teacher):
    with pytest.raises(ConfigError, match='factors.* 3, .*layer 5'):
        FixedScale({'3': 0.5}).start(teacher, 5, next_block=5)


@pytest.mark.parametrize('factor', [0, -1, float('nan')])
def test_refuses_a_factor_that_is_not_positive(factor):
    with pytest.raises(ConfigError, match='layer 3.*positive'):
        FixedScale({'3': factor})
