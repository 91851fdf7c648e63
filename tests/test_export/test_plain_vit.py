"""Which networks are plain, and what is said of the others."""

import pytest

from singer_mm.errors import ConfigError
from singer_mm.export.plain_vit import PlainViT, plain_vit


def test_sizes_are_those_of_the_network(make_student):
    backbone = make_student(init_values=0.1, reg_tokens=2, no_embed_class=True, mlp_ratio=3).backbone
    assert plain_vit(backbone, 'X', 'Y') == PlainViT(
        embed_dims=24,
        num_layers=2,
        num_heads=3,
        mlp_dims=72,
        patch_size=8,
        img_size=(32, 32),
        num_registers=2,
        layer_scale=True,
        qkv_bias=True,
        norm_eps=1e-6,
        activation='gelu',
        position_of_prefix=False,
    )


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        (dict(model_name='vit_small_patch16_dinov3'), 'Eva with rotary positions'),
        (dict(model_name='deit_tiny_distilled_patch16_224'), 'VisionTransformerDistilled'),
        (dict(model_name='vit_base_patch16_siglip_224'), 'CLS token'),
        (dict(model_name='vit_base_patch16_clip_224'), 'CLIP'),
        (dict(pos_embed='none'), 'position embedding'),
        (dict(global_pool='avg'), 'no layer norm .* after the last block'),
        (dict(qk_norm=True), 'q_norm'),
        (dict(proj_bias=False), 'linear .* without bias'),
        (dict(act_layer='silu'), 'SiLU'),
        (dict(norm_layer='rmsnorm'), 'no layer norm'),
        (dict(model_name='vit_giant_patch14_dinov2', num_heads=3), 'gated MLP'),
    ],
)
def test_the_reason_is_named(make_student, changes, reason):
    with pytest.raises(ConfigError, match=f'X.*{reason}.*Y'):
        plain_vit(make_student(**changes).backbone, 'X', 'Y')
