import logging

import pytest
import timm
import torch
from conftest import TEACHER
from mmengine.logging import MMLogger
from safetensors.torch import save_file

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS

SMALL = dict(embed_dim=48, depth=3, num_heads=3)
# One small member of every family; what holds for all backbones is in test_contract.py.
FAMILIES = {
    'plain': ('vit_tiny_patch16_224', dict(img_size=32, patch_size=8)),
    'deit3': ('deit3_small_patch16_224', dict(img_size=32, patch_size=8)),
    'dinov2': ('vit_small_patch14_dinov2', dict(img_size=56, dynamic_img_size=True)),
    'dinov2_registers': ('vit_small_patch14_reg4_dinov2', dict(img_size=56)),
    'dinov2_swiglu': ('vit_giant_patch14_dinov2', dict(img_size=56)),
    'clip': ('vit_base_patch16_clip_224', dict(img_size=32, patch_size=8)),
    'siglip': ('vit_base_patch16_siglip_224', dict(img_size=32, patch_size=8)),
    'eva02': ('eva02_tiny_patch14_224', dict(img_size=56)),
    'dinov3': ('vit_small_patch16_dinov3', dict(img_size=64, dynamic_img_size=True)),
    'dinov3_swiglu': ('vit_small_plus_patch16_dinov3', dict(img_size=64)),
    'mixed_rope': ('vit_small_patch16_rope_mixed_224', dict(img_size=64)),
}


@pytest.mark.parametrize('family', FAMILIES)
@torch.no_grad()
def test_tokens_agree_with_the_whole_network(family):
    name, arguments = FAMILIES[family]
    backbone = TimmViT(name, **SMALL, **arguments).eval()
    images = torch.randn(2, 3, *backbone.vit.patch_embed.img_size)
    tokens = backbone.forward_tokens(images, [2, 0])
    expected = backbone.vit.forward_features(images)
    torch.testing.assert_close(backbone.final_normalize(tokens[2]), expected)


def test_images_are_normalised_as_the_network_expects_them():
    network = MODELS.build(TEACHER)
    network.normalization = ((0.5, 0.5, 0.0), (0.5, 0.25, 1.0))
    assert network.normalize_images(torch.ones(1, 3, 2, 2))[0, :, 0, 0].tolist() == [1, 2, 1]


def test_feat_map_keeps_places(images):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL).eval()
    feat_map = backbone(images)[0]
    patches = backbone.forward_tokens(images, [2])[2][:, 1:]
    torch.testing.assert_close(feat_map[:, :, 1, 2], patches[:, 1 * 4 + 2])


def test_frozen_stays_in_eval_mode_without_gradients(images):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, frozen=True, **SMALL).train()
    assert not any(module.training for module in backbone.modules())
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    assert not backbone(images)[0].requires_grad


def test_autocast_computes_in_bfloat16_and_returns_float32(images):
    arguments = dict(img_size=32, patch_size=8, frozen=True, final_norm=True, **SMALL)
    exact, fast = (
        TimmViT('vit_tiny_patch16_224', **arguments),
        TimmViT('vit_tiny_patch16_224', autocast='bfloat16', **arguments),
    )
    fast.load_state_dict(exact.state_dict())
    dtypes = []
    fast.vit.blocks[1].mlp.fc1.register_forward_hook(lambda module, args, output: dtypes.append(output.dtype))
    output, expected = fast(images)[0], exact(images)[0]
    assert dtypes == [torch.bfloat16]
    assert output.dtype == torch.float32
    assert 0 < (output - expected).norm() < 0.05 * expected.norm()
    assert all(parameter.dtype == torch.float32 for parameter in fast.parameters())


def test_layer_depths_grow_from_the_embedding_to_the_head():
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL)
    depths = {name: backbone.get_layer_depth(f'backbone.{name}') for name, _ in backbone.named_parameters()}
    assert {number for _, number in depths.values()} == {5}
    for name in ('vit.cls_token', 'vit.pos_embed', 'vit.patch_embed.proj.weight'):
        assert depths[name][0] == 0
    assert [depths[f'vit.blocks.{block}.mlp.fc1.bias'][0] for block in range(3)] == [1, 2, 3]
    for name in ('backbone.vit.norm.weight', 'head.fc.weight', 'neck.blocks.0.weight'):
        assert backbone.get_layer_depth(name) == (4, 5)
    assert backbone.get_layer_depth('trunk.vit.blocks.0.norm1.bias', prefix='trunk.') == (1, 5)


def test_init_weights_keeps_the_weights():
    backbone = TimmViT('vit_tiny_patch16_224', **SMALL)
    before = backbone.vit.blocks[0].attn.qkv.weight.clone()
    backbone.init_weights()
    assert torch.equal(backbone.vit.blocks[0].attn.qkv.weight, before)


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_loads_a_timm_state_dict_and_leaves_the_classifier_out(tmp_path, suffix):
    vit = timm.create_model('vit_tiny_patch16_224', num_classes=10, **SMALL)
    path = tmp_path / f'weights.{suffix}'
    torch.save(vit.state_dict(), path) if suffix == 'pth' else save_file(vit.state_dict(), path)
    backbone = TimmViT('vit_tiny_patch16_224', checkpoint=str(path), **SMALL)
    assert backbone.weights_loaded
    assert set(backbone.load_report.ignored) == {'head.weight', 'head.bias'}
    assert torch.equal(backbone.vit.blocks[2].mlp.fc2.weight, vit.blocks[2].mlp.fc2.weight)


def test_resamples_position_embeddings_to_the_input_size(tmp_path):
    torch.save(timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL).state_dict(), tmp_path / 'w.pth')
    backbone = TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / 'w.pth'), img_size=96, **SMALL)
    assert backbone.vit.pos_embed.shape == (1, 1 + 36, 48)


def test_dynamic_size_takes_any_multiple_of_the_patch():
    backbone = TimmViT('vit_small_patch14_dinov2', dynamic_img_size=True, **SMALL)
    assert backbone(torch.randn(1, 3, 42, 70))[0].shape == (1, 48, 3, 5)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(embed_dim=96), 'vit_tiny.*cls_token'),
        (dict(depth=4), 'vit_tiny.*blocks.3'),
        (dict(depth=2), 'vit_tiny.*blocks.2'),
        (dict(init_values=1e-5), 'blocks.0.ls1.gamma'),
    ],
)
def test_refuses_the_weights_of_another_architecture(tmp_path, change, message):
    torch.save(timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL).state_dict(), tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=message):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / 'w.pth'), **{**SMALL, **change})


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_refuses_truncated_and_missing_files(tmp_path, suffix):
    vit = timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL)
    path = tmp_path / f'weights.{suffix}'
    torch.save(vit.state_dict(), path) if suffix == 'pth' else save_file(vit.state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=rf'weights\.{suffix}'):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(path), **SMALL)
    with pytest.raises(CheckpointError, match=rf'none\.{suffix}'):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / f'none.{suffix}'), **SMALL)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(), 'model_name'),
        (dict(model_name='vit_tinny'), 'vit_tinny'),
        (dict(model_name='vit_tiny_patch16_224', hight=3), 'hight.*depth'),
        (dict(model_name='vit_tiny_patch16_224', out_type='map'), 'out_type.*map.*cls_token'),
        (dict(model_name='vit_tiny_patch16_224', pretrained=True, checkpoint='x.pth'), 'pretrained=True.*x.pth'),
        (dict(model_name='vit_tiny_patch16_224', autocast='float16'), 'autocast.*float16.*None, bfloat16'),
    ],
)
def test_refuses_what_cannot_be_built(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TimmViT(**arguments)


def test_refuses_a_size_that_it_was_not_made_for():
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL)
    with pytest.raises(ConfigError, match='64x64 .*32x32 .*img_size=.64, 64. or dynamic_img_size'):
        backbone(torch.randn(1, 3, 64, 64))


def test_a_misspelt_argument_without_value_is_told_too():
    with pytest.raises(ConfigError, match='checkpoin=None'):
        TimmViT('vit_tiny_patch16_224', checkpoin=None)


def test_normalisation_is_the_configs_the_files_or_the_architectures(tmp_path):
    arguments = dict(img_size=32, patch_size=8, **SMALL)
    assert TimmViT('vit_tiny_patch16_224', **arguments).normalization == ((0.5,) * 3, (0.5,) * 3)
    own = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    student = TimmViT('vit_tiny_patch16_224', normalization=own, **arguments)
    assert student.normalization == own
    export_student(student, tmp_path / 'student.pth', {})
    for suffix in ('pth', 'safetensors'):
        path = str(tmp_path / f'student.{suffix}')
        assert TimmViT(checkpoint=path).normalization == own
        assert TimmViT(checkpoint=path, normalization=[list(values) for values in own]).normalization == own
        with pytest.raises(ConfigError, match=rf'student\.{suffix} .*0\.1, 0\.2, 0\.3 .*0\.5, 0\.5'):
            TimmViT(checkpoint=path, normalization=((0.5,) * 3, own[1]))


def test_warns_of_weights_of_a_quickgelu_network_under_its_gelu_name(tmp_path):
    told, logger = [], MMLogger.get_current_instance()
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: told.append(record.getMessage())
    logger.addHandler(handler)
    small = dict(img_size=32, patch_size=8, **SMALL)
    path = tmp_path / 'clip.pth'
    try:
        torch.save(TimmViT('vit_base_patch16_clip_224.openai', **small).vit.state_dict(), path)
        for name in ('clip_quickgelu_224.openai', 'clip_224.laion2b'):
            TimmViT(f'vit_base_patch16_{name}', checkpoint=str(path), **small)
        assert told == []
        TimmViT('vit_base_patch16_clip_224.openai', checkpoint=str(path), **small)
    finally:
        logger.removeHandler(handler)
    assert 'vit_base_patch16_clip_quickgelu_224.openai' in told[0] and len(told) == 1
