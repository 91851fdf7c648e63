import pytest
import timm
import torch

from singer_mm.errors import CheckpointError
from singer_mm.models import TimmViT

ARGUMENTS = dict(model_name='vit_tiny_patch16_224', img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=3)


@pytest.fixture
def weights():
    return timm.create_model(num_classes=0, **ARGUMENTS).state_dict()


@pytest.fixture
def load(tmp_path):
    def load(content):
        torch.save(content, tmp_path / 'w.pth')
        return TimmViT(checkpoint=str(tmp_path / 'w.pth'), **ARGUMENTS)

    return load


@pytest.mark.parametrize('key', ['norm.weight', 'pos_embed', 'patch_embed.proj.weight', 'blocks.1.attn.qkv.weight'])
@pytest.mark.parametrize(
    'change',
    [
        lambda value: (100 * value).to(torch.int8),
        lambda value: value.long(),
        lambda value: value > 0,
        lambda value: value.to(torch.complex64),
        lambda value: value.to(torch.float8_e5m2),
        lambda value: torch.full_like(value, float('nan')),
        lambda value: torch.full_like(value, float('inf')),
    ],
    ids=['int8', 'int64', 'bool', 'complex64', 'float8', 'nan', 'inf'],
)
def test_what_is_no_weight_is_refused_by_file_and_key(load, weights, key, change):
    with pytest.raises(CheckpointError, match=rf"w\.pth .*'{key}'"):
        load({**weights, key: change(weights[key])})


def test_half_precision_loads(load, weights):
    backbone = load({key: value.half() for key, value in weights.items()})
    torch.testing.assert_close(backbone.vit.state_dict(), weights, rtol=1e-3, atol=1e-4)


def test_wrapped_weights_load_and_what_is_left_out_is_told(load, weights):
    wrapped = {f'module.backbone.{key}': value for key, value in weights.items()}
    backbone = load({'model': {**wrapped, 'module.dino_head.weight': torch.ones(2)}, 'epoch': 3})
    assert backbone.load_report.ignored == ('module.dino_head.weight',)
    assert backbone.load_report.num_loaded == len(weights)
    assert all(torch.equal(value, weights[key]) for key, value in backbone.vit.state_dict().items())


def test_a_prefix_that_nobody_knows_is_named(load, weights):
    two_names = {'norm.weight': torch.ones(24), 'norms.weight': torch.ones(24)}  # a prefix ends at a dot
    for content in (weights, two_names):
        with pytest.raises(CheckpointError, match=r"w\.pth .*'student\.vit\.'"):
            load({f'student.vit.{key}': value for key, value in content.items()})
