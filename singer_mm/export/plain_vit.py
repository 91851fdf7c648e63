"""The plain ViT, which every library has: its sizes, and why another network is not one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from timm.layers import Attention, Mlp
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TimmViT

ACTIVATIONS = {'GELU': 'gelu', 'GELUTanh': 'gelu_pytorch_tanh'}
"""timm's class to Hugging Face's name."""


@dataclass(frozen=True)
class PlainViT:
    """Sizes of a pre-norm ViT with CLS token and learned positions.

    Attributes:
        mlp_dims: Hidden width of an MLP.
        patch_size: Side of a patch in pixels.
        img_size: (height, width) in pixels for which the position embedding was made.
        num_registers: Number of prefix tokens besides CLS.
        layer_scale: Whether each branch is scaled per channel.
        activation: A value of :data:`ACTIVATIONS`.
        position_of_prefix: Whether the position embedding has rows for CLS and registers.
    """

    embed_dims: int
    num_layers: int
    num_heads: int
    mlp_dims: int
    patch_size: int
    img_size: tuple[int, int]
    num_registers: int
    layer_scale: bool
    qkv_bias: bool
    norm_eps: float
    activation: str
    position_of_prefix: bool


def plain_vit(backbone: TimmViT, where: str, known: str) -> PlainViT:
    """Return the sizes of a plain ViT; messages say that the library ``where`` supports ``known``.

    Raises:
        ConfigError: If the network is no plain ViT.
    """
    vit = backbone.vit
    reason = _reason_against(vit)
    if reason is not None:
        raise ConfigError(f'{backbone.describe()} does not map to {where}: it {reason}; {known}.')
    block = vit.blocks[0]
    return PlainViT(
        embed_dims=backbone.embed_dims,
        num_layers=backbone.num_layers,
        num_heads=block.attn.num_heads,
        mlp_dims=block.mlp.fc1.out_features,
        patch_size=backbone.patch_size,
        img_size=tuple(vit.patch_embed.img_size),
        num_registers=vit.num_reg_tokens,
        layer_scale='blocks.0.ls1.gamma' in vit.state_dict(),
        qkv_bias=block.attn.qkv.bias is not None,
        norm_eps=vit.norm.eps,
        activation=ACTIVATIONS[type(block.mlp.act).__name__],
        position_of_prefix=not vit.no_embed_class,
    )


def _reason_against(vit: Any) -> str | None:
    """Why the network is not a plain ViT, as the predicate of a sentence."""
    if type(vit) is not VisionTransformer:
        return f'is a {type(vit).__name__}' + (' with rotary positions' if getattr(vit, 'rope', None) else '')
    if vit.cls_token is None:
        return 'has no CLS token'
    if vit.pos_embed is None:
        return 'has no position embedding'
    if not isinstance(vit.norm_pre, nn.Identity):
        return 'normalises its tokens before the first block, as CLIP does'
    if not isinstance(vit.norm, nn.LayerNorm):
        return 'has no layer norm over its tokens after the last block (it pools them first)'
    if vit.patch_embed.proj.bias is None or not isinstance(vit.patch_embed.norm, nn.Identity):
        return 'embeds patches without bias, or with a norm'
    if vit.patch_embed.patch_size[0] != vit.patch_embed.patch_size[1]:
        return f'has patches of {"x".join(map(str, vit.patch_embed.patch_size))} pixels'
    return next((reason for reason in map(_reason_against_block, vit.blocks) if reason is not None), None)


def _reason_against_block(block: Any) -> str | None:
    if type(block) is not Block or type(block.attn) is not Attention:
        return f'has blocks of another kind ({type(block).__name__} with {type(block.attn).__name__})'
    if type(block.mlp) is not Mlp:
        return f'has a gated MLP ({type(block.mlp).__name__})'
    if type(block.mlp.act).__name__ not in ACTIVATIONS:
        return f'has the activation {type(block.mlp.act).__name__} instead of GELU'
    if getattr(block.attn, 'gate', None) is not None or block.attn.qkv.out_features != 3 * block.attn.qkv.in_features:
        return 'gates its attention, or changes its width'
    extra = [name for name in ('q_norm', 'k_norm', 'norm') if not isinstance(getattr(block.attn, name), nn.Identity)]
    if extra or not isinstance(block.mlp.norm, nn.Identity):
        return f'normalises within its blocks ({", ".join(extra) or "mlp.norm"})'
    if any(not isinstance(norm, nn.LayerNorm) for norm in (block.norm1, block.norm2)):
        return f'has blocks with {type(block.norm1).__name__} instead of layer norm'
    if any(layer.bias is None for layer in (block.attn.proj, block.mlp.fc1, block.mlp.fc2)):
        return 'has linear layers without bias'
    return None


def block_names(num_layers: int, prefix: str, layers: Mapping[str, str], scales: Mapping[str, str]) -> dict[str, str]:
    """Return timm's name to another library's name for the tensors of all blocks.

    Args:
        num_layers: Number of blocks.
        prefix: What the other library puts before the number of a block.
        layers: timm's name to the other name for the layers of a block with weight and bias.
        scales: timm's name to the other name for the other tensors of a block.
    """
    block = {f'{ours}.{end}': f'{theirs}.{end}' for ours, theirs in layers.items() for end in ('weight', 'bias')}
    block |= scales
    numbers = range(num_layers)
    return {f'blocks.{n}.{ours}': f'{prefix}.{n}.{theirs}' for n in numbers for ours, theirs in block.items()}


def with_cls_position(state: Mapping[str, Tensor], facts: PlainViT) -> dict[str, Tensor]:
    """Return a copy of timm's tensors with a zero position of CLS if the position embedding has only patches."""
    state = dict(state)
    if not facts.position_of_prefix:
        state['pos_embed'] = torch.cat([torch.zeros(1, 1, facts.embed_dims), state['pos_embed']], dim=1)
    return state
