import copy

import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.windowed_vit import WindowedViT, from_windows, to_windows
from singer_mm.registry import MODELS

SMALL = dict(embed_dim=48, depth=4, num_heads=3, dynamic_img_size=True)
FAMILIES = {
    'plain': ('vit_tiny_patch16_224', dict(SMALL, img_size=32, patch_size=8)),
    'dinov2_registers': ('vit_small_patch14_reg4_dinov2', dict(SMALL, img_size=56)),
    'siglip': ('vit_base_patch16_siglip_224', dict(SMALL, img_size=32, patch_size=8)),
    'eva02': ('eva02_tiny_patch14_224', dict(SMALL, img_size=56)),
    'dinov3': ('vit_small_patch16_dinov3', dict(SMALL, img_size=64)),
    'mixed_rope': ('vit_small_patch16_rope_mixed_224', dict(SMALL, img_size=64)),
}
# Without prefix tokens, windows are a mask on the plain attention.
PREFIX_FREE = {
    'absolute': ('vit_base_patch16_siglip_224', dict(SMALL, img_size=32, patch_size=8)),
    'rotary': ('vit_small_patch16_dinov3', dict(SMALL, img_size=64, class_token=False, num_reg_tokens=0)),
}


def both(name, arguments, **kwargs):
    windowed = WindowedViT(name, **arguments, **kwargs).eval()
    plain = TimmViT(name, **arguments).eval()
    plain.load_state_dict(windowed.state_dict(), strict=True)
    return windowed, plain


@pytest.mark.parametrize('family', FAMILIES)
def test_a_window_of_the_whole_grid_is_plain_attention(family):
    windowed, plain = both(*FAMILIES[family], window_size=5, num_global_blocks=1)
    windowed.out_type = plain.out_type = 'tokens' if plain.num_prefix_tokens else 'feat_map'
    images = torch.randn(2, 3, 4 * plain.patch_size, 5 * plain.patch_size)
    torch.testing.assert_close(windowed(images), plain(images))


def same_window(grid, size):
    rows, columns = torch.meshgrid(*(torch.arange(side) // size for side in grid), indexing='ij')
    window = (rows * 100 + columns).flatten()
    return window[:, None] == window[None]


@pytest.mark.parametrize('family', PREFIX_FREE)
@pytest.mark.parametrize('grid', [(4, 6), (5, 3)], ids=['whole', 'padded'])
def test_windows_are_a_mask_on_the_attention(family, grid):
    windowed, plain = both(*PREFIX_FREE[family], window_size=2, num_global_blocks=0)
    images = torch.randn(2, 3, *(side * plain.patch_size for side in grid))
    expected = plain.vit.forward_intermediates(
        images, indices=[3], attn_mask=same_window(grid, 2), intermediates_only=True
    )
    torch.testing.assert_close(windowed(images)[0], expected[0])


def test_prefix_tokens_see_and_average_all_windows():
    windowed, plain = both(*FAMILIES['dinov2_registers'], window_size=2, num_global_blocks=0)
    tokens = torch.randn(2, 5 + 4 * 2, 48)
    attended = windowed.vit.blocks[0].attn
    windowed._grid = (4, 2)
    output = attended(tokens)
    # The windows are the upper and the lower four patches.
    halves = [
        plain.vit.blocks[0].attn(torch.cat([tokens[:, :5], part], dim=1)) for part in tokens[:, 5:].split(4, dim=1)
    ]
    torch.testing.assert_close(output[:, 5:], torch.cat([half[:, 5:] for half in halves], dim=1))
    torch.testing.assert_close(output[:, :5], (halves[0][:, :5] + halves[1][:, :5]) / 2)


def test_a_distant_patch_matters_in_global_blocks_only():
    def reach(**kwargs):
        name, arguments = FAMILIES['siglip']
        torch.manual_seed(0)
        backbone = WindowedViT(name, **arguments, **kwargs).eval()
        images = torch.randn(1, 3, 48, 48, requires_grad=True)
        backbone(images)[0][0, :, 0, 0].sum().backward()
        return images.grad[0, :, 40:, 40:].abs().sum()

    assert reach(window_size=2, num_global_blocks=0) == 0
    assert reach(window_size=2, num_global_blocks=1) > 0


@pytest.mark.parametrize(
    ('depth', 'number', 'layers'),
    [(12, 4, {2, 5, 8, 11}), (24, 4, {5, 11, 17, 23}), (4, 4, {0, 1, 2, 3}), (6, 4, {1, 2, 3, 5}), (6, 0, set())],
)
def test_global_blocks_are_evenly_spaced(depth, number, layers):
    arguments = dict(FAMILIES['plain'][1], depth=depth)
    assert WindowedViT('vit_tiny_patch16_224', **arguments, num_global_blocks=number).global_blocks == layers


def test_forward_block_agrees_with_forward_tokens():
    windowed, _ = both(*FAMILIES['dinov3'], window_size=2, num_global_blocks=1)
    images = torch.randn(1, 3, 80, 48)
    tokens = windowed.forward_tokens(images, [0, 1, 2])
    windowed.forward_tokens(torch.randn(1, 3, 64, 64), [1])  # another grid in between
    torch.testing.assert_close(windowed.forward_block(1, tokens[0], (5, 3)), tokens[1])


@pytest.mark.parametrize('family', ['plain', 'eva02'])
def test_logits_are_those_of_the_tokens(family):
    name, arguments = FAMILIES[family]
    windowed, plain = both(name, dict(arguments, num_classes=5), window_size=2, num_global_blocks=1)
    images = torch.randn(2, 3, 5 * plain.patch_size, 3 * plain.patch_size)
    logits = windowed.forward_logits(images)['cls']
    tokens = windowed.forward_tokens(images, [3])[3]
    torch.testing.assert_close(logits, windowed.vit.forward_head(windowed.vit.norm(tokens)))
    difference = (logits - plain.forward_logits(images)['cls']).abs().max()
    assert difference > 1e-3 * logits.abs().max()  # it does attend within windows


def test_copies_run_on_their_own_grid():
    windowed, _ = both(*FAMILIES['plain'], window_size=2, num_global_blocks=1)
    twin = copy.deepcopy(windowed)
    images = torch.randn(1, 3, 40, 24)
    expected = windowed(images)[0]
    windowed(torch.randn(1, 3, 32, 32))
    torch.testing.assert_close(twin(images)[0], expected)


def test_bfloat16_trunk_returns_float32():
    name, arguments = FAMILIES['plain']
    windowed = WindowedViT(name, **arguments, window_size=2, num_global_blocks=1, autocast='bfloat16')
    output = windowed(torch.randn(1, 3, 40, 24))[0]
    assert output.dtype == torch.float32
    output.sum().backward()
    assert windowed.vit.blocks[0].attn.qkv.weight.grad.abs().sum() > 0


def test_windows_and_back():
    maps = torch.arange(2 * 3 * 5, dtype=torch.float32).reshape(1, 3, 5, 2)
    windows = to_windows(maps, (2, 2))
    assert windows.shape == (1, 2 * 3, 4, 2)
    assert windows[0, 1, :, 0].tolist() == [4, 6, 14, 16]
    assert windows[0, 5, :, 0].tolist() == [28, 0, 0, 0]
    assert torch.equal(from_windows(windows, (2, 2), (3, 5)), maps)


def test_it_is_registered_and_refuses_what_it_cannot_do():
    assert isinstance(
        MODELS.build(dict(type='singer_mm.WindowedViT', model_name='vit_tiny_patch16_224', depth=4)), WindowedViT
    )
    with pytest.raises(ConfigError, match='num_global_blocks.* 5.*vit_tiny_patch16_224.*0 to 4'):
        WindowedViT('vit_tiny_patch16_224', **FAMILIES['plain'][1], num_global_blocks=5)
    with pytest.raises(ConfigError, match='block 0 of vit_small_patch16_18x2_224.*attention'):
        WindowedViT('vit_small_patch16_18x2_224', **FAMILIES['plain'][1], num_global_blocks=0)
