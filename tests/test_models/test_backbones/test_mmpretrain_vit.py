import pytest
import torch
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS as MMPRETRAIN
from safetensors.torch import save_file

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.backbones.mmpretrain_vit import MMPretrainViT
from singer_mm.registry import MODELS

ARCH = dict(embed_dims=48, num_layers=3, num_heads=3, feedforward_channels=96)
SMALL = dict(arch=ARCH, img_size=32, patch_size=8)
VIT = dict(SMALL, type='mmpretrain.VisionTransformer')
BEIT = dict(SMALL, type='mmpretrain.BEiTViT')
DEIT = dict(SMALL, type='mmpretrain.DistilledVisionTransformer')
FAMILIES = {
    'vit': VIT,
    'pre_norm': dict(VIT, pre_norm=True),
    'prefix_free': dict(VIT, with_cls_token=False, out_type='raw'),
    'swiglu': dict(VIT, layer_cfgs=dict(ffn_type='swiglu_fused')),
    'deit_distilled': DEIT,
    'beit': dict(BEIT, use_abs_pos_emb=True, final_norm=True),
    'beit_shared': dict(BEIT, use_rel_pos_bias=False, use_shared_rel_pos_bias=True),
}


def randomized(network):
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    network.eval()  # which mmpretrain's networks do not return
    return network


def images_of(family):
    return torch.randn(2, 3, *((32, 32) if 'beit' in family else (40, 24)))


@pytest.mark.parametrize('family', FAMILIES)
@torch.no_grad()
def test_tokens_agree_with_the_whole_network(family):
    backbone = randomized(MMPretrainViT(FAMILIES[family]))
    reference = randomized(MMPRETRAIN.build(dict(FAMILIES[family], out_type='raw', out_indices=[0, 2])))
    reference.load_state_dict(backbone.vit.state_dict(), strict=False)
    images = images_of(family)
    tokens = backbone.forward_tokens(images, [0, 2])
    first, last = reference(images)
    torch.testing.assert_close(tokens[0], first)
    torch.testing.assert_close(backbone.final_normalize(tokens[2]), last)


def test_a_network_that_normalises_the_mean_of_its_patches_leaves_tokens_alone():
    tokens = torch.randn(1, 17, 48)
    assert torch.equal(MMPretrainViT(BEIT).final_normalize(tokens), tokens)


def test_it_builds_in_any_scope_and_by_its_bare_name():
    for scope in ('singer_mm', 'mmpretrain', 'mmseg'):
        with DefaultScope.overwrite_default_scope(scope):
            assert MODELS.build(dict(type='singer_mm.MMPretrainViT', backbone=BEIT)).num_layers == 3
    assert MMPretrainViT(dict(VIT, type='VisionTransformer')).embed_dims == 48


def test_weights_are_drawn_as_mmpretrain_does_unless_they_were_loaded(tmp_path):
    backbone = MMPretrainViT(VIT)
    assert not backbone.weights_loaded
    assert not backbone.vit.pos_embed.any(), "mmpretrain's constructor leaves zeros"
    backbone.init_weights()
    assert backbone.vit.pos_embed.detach().std() == pytest.approx(0.02, rel=0.1)
    torch.save(backbone.vit.state_dict(), tmp_path / 'vit.pth')
    loaded = MMPretrainViT(VIT, checkpoint=str(tmp_path / 'vit.pth'))
    loaded.init_weights()
    assert torch.equal(loaded.vit.pos_embed, backbone.vit.pos_embed)


@pytest.mark.parametrize('family', ['vit', 'deit_distilled', 'beit'])
def test_loads_a_checkpoint_of_mmpretrain_and_accounts_for_its_keys(family, tmp_path):
    source = randomized(MMPRETRAIN.build(FAMILIES[family]))
    state_dict = {f'backbone.{key}': value for key, value in source.state_dict().items()}
    state_dict |= {'head.fc.weight': torch.randn(5, 48), 'backbone.mask_token': torch.randn(1, 1, 48)}
    torch.save(dict(meta=dict(epoch=3), state_dict=state_dict), tmp_path / 'epoch_3.pth')
    backbone = MMPretrainViT(FAMILIES[family], checkpoint=str(tmp_path / 'epoch_3.pth'))
    assert backbone.weights_loaded
    derived = [key for key in source.state_dict() if key.endswith('relative_position_index')]
    assert backbone.load_report.num_loaded == len(source.state_dict()) - len(derived)
    assert set(backbone.load_report.ignored) == {'head.fc.weight', 'backbone.mask_token'}
    for key, value in source.state_dict().items():
        assert torch.equal(backbone.vit.state_dict()[key], value)


def test_loads_a_backbone_alone(tmp_path):
    source = randomized(MMPRETRAIN.build(VIT))
    save_file(source.state_dict() | {'head.weight': torch.randn(5, 48)}, tmp_path / 'vit.safetensors')
    backbone = MMPretrainViT(VIT, checkpoint=str(tmp_path / 'vit.safetensors'))
    assert backbone.load_report.ignored == ('head.weight',)
    assert torch.equal(backbone.vit.layers[2].ffn.layers[1].weight, source.layers[2].ffn.layers[1].weight)


@pytest.mark.parametrize('config', [VIT, DEIT, BEIT])
def test_positions_are_resampled_to_the_input_size(config, tmp_path):
    state_dict = randomized(MMPRETRAIN.build(config)).state_dict()
    for key, value in state_dict.items():
        if key.endswith('relative_position_bias_table'):
            value[:] = torch.tensor([3.0, -2.0, 0.5])  # one number for each head: what is constant stays so
    torch.save(state_dict, tmp_path / 'w.pth')
    backbone = MMPretrainViT(dict(config, img_size=64), checkpoint=str(tmp_path / 'w.pth'))
    assert backbone(torch.randn(1, 3, 64, 64))[0].shape == (1, 48, 8, 8)
    if config is BEIT:
        table = backbone.vit.layers[0].attn.relative_position_bias_table
        torch.testing.assert_close(table.data, torch.tensor([[3.0, -2.0, 0.5]]).expand(15 * 15 + 3, 3))


@pytest.mark.parametrize('img_size', [32, 64])
def test_shared_relative_positions_of_pretraining_spread_to_every_block(img_size, tmp_path):
    """BEiT pretrains with one table and fine-tunes with one per block."""
    source = randomized(MMPRETRAIN.build(FAMILIES['beit_shared']))
    torch.save(source.state_dict(), tmp_path / 'w.pth')
    shared = MMPretrainViT(dict(FAMILIES['beit_shared'], img_size=img_size), checkpoint=str(tmp_path / 'w.pth'))
    backbone = MMPretrainViT(dict(BEIT, img_size=img_size), checkpoint=str(tmp_path / 'w.pth'))
    table = shared.vit.rel_pos_bias.relative_position_bias_table
    assert torch.equal(table[-3:], source.rel_pos_bias.relative_position_bias_table[-3:]), 'those of CLS stay'
    assert img_size != 32 or torch.equal(table, source.rel_pos_bias.relative_position_bias_table)
    for layer in backbone.vit.layers:
        assert torch.equal(layer.attn.relative_position_bias_table, table)


@pytest.mark.parametrize(
    ('arch', 'message'),
    [
        (dict(ARCH, num_layers=4), 'layers.3.ln1.weight, .* 9 more'),
        (dict(ARCH, num_layers=2), 'layers.2.ln1.weight'),
        (dict(ARCH, embed_dims=24), 'cls_token'),
        (dict(ARCH, feedforward_channels=100), 'layers.0.ffn'),
    ],
)
def test_refuses_the_weights_of_another_architecture_in_one_sentence(arch, message, tmp_path):
    torch.save(MMPRETRAIN.build(VIT).state_dict(), tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=f'w.pth .*VisionTransformer.*{message}') as error:
        MMPretrainViT(dict(VIT, arch=arch), checkpoint=str(tmp_path / 'w.pth'))
    assert '\n' not in str(error.value)


def test_refuses_a_file_that_would_execute_code(tmp_path):
    torch.save(dict(state_dict=randomized), tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'w\.pth'):
        MMPretrainViT(VIT, checkpoint=str(tmp_path / 'w.pth'))


@pytest.mark.parametrize(
    ('backbone', 'message'),
    [
        (dict(type='mmpretrain.ResNet', depth=50), 'backbone.type.*mmpretrain.ResNet.*mmpretrain.VisionTransformer'),
        (dict(VIT, type='mmpretrain.DeiT3'), 'backbone.type.*mmpretrain.DeiT3.*mmpretrain.BEiTViT'),
        (dict(arch='base'), 'backbone.type.*None'),
        (dict(VIT, arch='huger'), 'mmpretrain.VisionTransformer.*huger'),
        (dict(VIT, dpeth=3), 'dpeth'),
        (dict(VIT, init_cfg=dict(type='Pretrained', checkpoint='x.pth')), 'backbone.init_cfg.*checkpoint'),
    ],
)
def test_refuses_what_cannot_be_built(backbone, message):
    with pytest.raises(ConfigError, match=message):
        MMPretrainViT(backbone)


def test_relative_positions_take_one_size_only():
    backbone = MMPretrainViT(BEIT)
    message = '8x4 .*BEiTViT.*4x4.*img_size=.64, 32.'
    with pytest.raises(ConfigError, match=message):
        backbone(torch.randn(1, 3, 64, 32))
    with pytest.raises(ConfigError, match=message):
        backbone.forward_block(1, torch.randn(1, 33, 48), (8, 4))


def test_an_mlp_of_more_layers_is_refused():
    backbone = MMPretrainViT(dict(BEIT, layer_cfgs=dict(num_fcs=3)))
    with pytest.raises(ConfigError, match='block 1 of .*BEiTViT.*FFN'):
        backbone.linear_map(1)


def test_layer_depths_grow_from_the_embedding_to_the_head():
    backbone = MMPretrainViT(VIT)
    names = ['backbone.vit.cls_token', 'backbone.vit.layers.0.ln1.bias', 'backbone.vit.layers.2.ln1.bias']
    assert [backbone.get_layer_depth(name) for name in names] == [(0, 5), (1, 5), (3, 5)]
    for name in ('backbone.vit.ln1.weight', 'head.fc.weight'):
        assert backbone.get_layer_depth(name) == (4, 5)
