"""One small member of every family of backbones, and the one whose real weights can be had."""

import pytest
import torch
from dinov2_small import CARD as REAL
from dinov2_small import dinov2_small

from singer_mm.registry import MODELS


def timm_vit(name, **kwargs):
    return dict(dict(type='TimmViT', model_name=name, embed_dim=48, depth=3, num_heads=3), **kwargs)


def mmpretrain_vit(name, **kwargs):
    arch = dict(embed_dims=48, num_layers=3, num_heads=3, feedforward_channels=96)
    backbone = dict(type=f'mmpretrain.{name}', arch=arch, img_size=32, patch_size=8, **kwargs)
    return dict(type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT', backbone=backbone)


SMALL = dict(img_size=32, patch_size=8)
DYNAMIC = dict(img_size=56, dynamic_img_size=True)
# (config, prefix tokens, input size); for what takes any size, one that the network was not made for.
MEMBERS = {
    'vit': (timm_vit('vit_tiny_patch16_224', **SMALL), 1, (32, 32)),
    'vit_dynamic': (timm_vit('vit_tiny_patch16_224', dynamic_img_size=True, **SMALL), 1, (40, 24)),
    'deit3': (timm_vit('deit3_small_patch16_224', **SMALL), 1, (32, 32)),
    'dinov2': (timm_vit('vit_small_patch14_dinov2', **DYNAMIC), 1, (42, 70)),
    'dinov2_registers': (timm_vit('vit_small_patch14_reg4_dinov2', **DYNAMIC), 5, (42, 70)),
    'dinov2_swiglu': (timm_vit('vit_giant_patch14_dinov2', **DYNAMIC), 1, (42, 70)),
    'dinov3': (timm_vit('vit_small_patch16_dinov3', dynamic_img_size=True), 5, (48, 80)),
    'dinov3_swiglu': (timm_vit('vit_huge_plus_patch16_dinov3', dynamic_img_size=True), 5, (48, 80)),
    'clip': (timm_vit('vit_base_patch16_clip_224', **SMALL), 1, (32, 32)),
    'siglip2': (timm_vit('vit_base_patch16_siglip_224.v2_webli', **SMALL), 0, (32, 32)),
    'eva02': (timm_vit('eva02_tiny_patch14_224', img_size=56), 1, (56, 56)),
    'eva02_large': (timm_vit('eva02_large_patch14_224', img_size=56), 1, (56, 56)),
    'mixed_rope': (timm_vit('vit_small_patch16_rope_mixed_224', img_size=64), 1, (64, 64)),
    'mae': (timm_vit('vit_base_patch16_224.mae', **SMALL), 1, (32, 32)),
    'unic': (timm_vit('vit_large_patch14_dinov2', init_values=0.0, **DYNAMIC), 1, (42, 70)),
    'windowed': (
        timm_vit(
            'vit_tiny_patch16_224',
            type='singer_mm.models.backbones.windowed_vit.WindowedViT',
            window_size=2,
            num_global_blocks=1,
            **SMALL,
        ),
        1,
        (32, 32),
    ),
    'planted': (
        dict(type='PlantedArtifacts', backbone=timm_vit('vit_tiny_patch16_224', **SMALL), layers=[0], rank=4),
        1,
        (32, 32),
    ),
    'mmpretrain_vit': (mmpretrain_vit('VisionTransformer'), 1, (40, 24)),
    'mmpretrain_clip': (mmpretrain_vit('VisionTransformer', pre_norm=True, layer_scale_init_value=0.1), 1, (40, 24)),
    'mmpretrain_prefix_free': (mmpretrain_vit('VisionTransformer', with_cls_token=False, out_type='raw'), 0, (40, 24)),
    'mmpretrain_swiglu': (
        mmpretrain_vit('VisionTransformer', layer_cfgs=dict(ffn_type='swiglu_fused', layer_scale_init_value=0.1)),
        1,
        (40, 24),
    ),
    'mmpretrain_beitv2': (mmpretrain_vit('BEiTViT'), 1, (32, 32)),
    'mmpretrain_beit_shared': (
        mmpretrain_vit('BEiTViT', use_rel_pos_bias=False, use_shared_rel_pos_bias=True, final_norm=True),
        1,
        (32, 32),
    ),
    'mmpretrain_deit': (mmpretrain_vit('DistilledVisionTransformer'), 2, (40, 24)),
    REAL: (dict(type='TimmViT'), 1, (42, 70)),
}


@pytest.fixture
def members():
    """All of them."""
    return MEMBERS


@pytest.fixture(params=MEMBERS)
def member(request):
    """One of them after the other."""
    return request.param


@pytest.fixture
def config(member, request):
    """What the member is built from."""
    if member != REAL:
        return MEMBERS[member][0]
    return dinov2_small(request.config.cache)


@pytest.fixture
def backbone(member, config):
    """The member, with weights that all count."""
    backbone = MODELS.build(config).eval()
    if member != REAL:
        # Networks start with zeros and tiny LayerScales.
        for parameter in backbone.parameters():
            parameter.data += 0.05 * torch.randn_like(parameter)
    return backbone


@pytest.fixture
def inputs(member):
    return torch.randn(2, 3, *MEMBERS[member][2])


@pytest.fixture
def grid(member, backbone):
    return tuple(side // backbone.patch_size for side in MEMBERS[member][2])
