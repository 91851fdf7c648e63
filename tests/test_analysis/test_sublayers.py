import math

import pytest
import torch
from conftest import VIT
from timm.models.vision_transformer import ParallelScalingBlock, ResPostBlock

from singer_mm.analysis.sublayers import relative_change, sublayer_changes, summarize, token_kinds
from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT

SMALL = dict(embed_dim=24, depth=3, num_heads=2)
EVA = dict(model_name='vit_small_patch16_dinov3', img_size=32, patch_size=8, **SMALL)


def vit(**more):
    return TimmViT(**{key: value for key, value in VIT.items() if key != 'type'}, **SMALL, **more).freeze()


def norm_ratio(added, tokens):
    return added.norm(dim=-1) / tokens.norm(dim=-1)


def test_layer_scale_of_a_plain_block_is_included(images):
    network = vit(init_values=0.2, reg_tokens=2)
    tokens = network.forward_tokens(images, [0])[0]
    block = network.vit.blocks[1]
    attention = block.ls1(block.attn(block.norm1(tokens)))
    mlp = block.ls2(block.mlp(block.norm2(tokens + attention)))
    changes = sublayer_changes(network, images, [1], quantile=0.8)[1]
    torch.testing.assert_close(changes['attention']['cls'], norm_ratio(attention, tokens)[:, 0], rtol=1e-4, atol=0)
    torch.testing.assert_close(changes['mlp']['cls'], norm_ratio(mlp, tokens + attention)[:, 0], rtol=1e-4, atol=0)
    for image in range(len(images)):
        norms = tokens[image, 3:].norm(dim=-1)
        outlier = norms > norms.quantile(0.8)
        ratios = norm_ratio(attention, tokens)[image, 3:]
        assert changes['attention']['outlier'][image].item() == pytest.approx(ratios[outlier].mean().item(), rel=1e-4)
        assert changes['attention']['ordinary'][image].item() == pytest.approx(ratios[~outlier].mean().item(), rel=1e-4)


def test_rotary_positions_and_scales_of_an_eva_block_are_included(images):
    network = TimmViT(**EVA).freeze()
    block = network.vit.blocks[2]
    torch.nn.init.constant_(block.gamma_1, 0.3)
    torch.nn.init.constant_(block.gamma_2, 0.1)
    tokens = network.forward_tokens(images, [1])[1]
    rope = network.vit.rope.get_embed(shape=[4, 4])
    attention = block.gamma_1 * block.attn(block.norm1(tokens), rope=rope)
    mlp = block.gamma_2 * block.mlp(block.norm2(tokens + attention))
    changes = sublayer_changes(network, images, [2])[2]
    torch.testing.assert_close(changes['attention']['cls'], norm_ratio(attention, tokens)[:, 0], rtol=1e-4, atol=0)
    torch.testing.assert_close(changes['mlp']['cls'], norm_ratio(mlp, tokens + attention)[:, 0], rtol=1e-4, atol=0)


def test_a_branch_that_adds_nothing_changes_nothing(images):
    network = vit()
    for parameter in network.vit.blocks[0].attn.proj.parameters():
        torch.nn.init.zeros_(parameter)
    changes = sublayer_changes(network, images)[0]
    assert all((value == 0).all() for value in changes['attention'].values())
    assert all((value > 0).all() for value in changes['mlp'].values())


def test_all_layers_and_nothing_left_behind(images):
    network = vit()
    expected = network.forward_tokens(images, [2])[2]
    assert list(sublayer_changes(network, images)) == [0, 1, 2]
    assert list(sublayer_changes(network, images, [2, 0])) == [0, 2]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert torch.equal(network.forward_tokens(images, [2])[2], expected)


def test_a_network_without_prefix_tokens_has_no_cls(images):
    network = vit(class_token=False, global_pool='avg')
    assert list(sublayer_changes(network, images)[0]['mlp']) == ['ordinary', 'outlier']


def test_relative_change_by_hand():
    before = torch.tensor([[[3.0, 4.0], [0.0, 2.0]]])
    after = torch.tensor([[[3.0, 14.0], [1.0, 2.0]]])
    assert relative_change(before, after).tolist() == [[2.0, 0.5]]


def test_kinds_of_tokens_by_hand():
    # CLS, one register, five patches: the 75 % quantile of 1, 2, 3, 4, 10 is 4.
    tokens = torch.tensor([[50.0, 60.0, 1.0, 10.0, 2.0, 3.0, 4.0]])[..., None]
    kinds = token_kinds(tokens, num_prefix_tokens=2, quantile=0.75)
    assert kinds['cls'].int().tolist() == [[1, 0, 0, 0, 0, 0, 0]]
    assert kinds['outlier'].int().tolist() == [[0, 0, 0, 1, 0, 0, 0]]
    assert kinds['ordinary'].int().tolist() == [[0, 0, 1, 0, 1, 1, 1]]


def test_summary_leaves_out_images_without_such_tokens():
    nan = float('nan')
    batches = [{4: {'mlp': {'outlier': torch.tensor([1.0, nan])}}}, {4: {'mlp': {'outlier': torch.tensor([3.0])}}}]
    change = summarize(batches)[4]['mlp']['outlier']
    assert (change.mean, change.std, change.images) == (2.0, pytest.approx(math.sqrt(2)), 2)
    alone = summarize([{4: {'mlp': {'outlier': torch.tensor([3.0])}}}])[4]['mlp']['outlier']
    assert alone.mean == 3.0 and math.isnan(alone.std)


@pytest.mark.parametrize(
    ('network', 'kind'),
    [
        (lambda: vit(block_fn=ParallelScalingBlock), 'ParallelScalingBlock'),
        (lambda: vit(block_fn=ResPostBlock), 'ResPostBlock'),
        (lambda: TimmViT(**EVA, use_post_norm=True), 'EvaBlockPostNorm'),
    ],
)
def test_other_blocks_are_refused(network, kind, images):
    with pytest.raises(ConfigError, match=rf'block 1.*{kind}.*Block and EvaBlock'):
        sublayer_changes(network(), images, [1])


def test_a_layer_that_does_not_exist_is_refused(images):
    with pytest.raises(ConfigError, match='layer 3.* 0 to 2'):
        sublayer_changes(vit(), images, [3])
