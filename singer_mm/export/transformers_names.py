"""Names and layouts of a plain ViT in timm and in Hugging Face's files.

The names are those of the published checkpoints (``google/vit-base-patch16-224``, ``facebook/dinov2-small``,
``facebook/dinov2-with-registers-small``). All versions of transformers read and write them; the names of its modules
change.
"""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from singer_mm.errors import CheckpointError

from .plain_vit import PlainViT, block_names, with_cls_position

PREFIX = re.compile(r'^(vit|dinov2|dinov2_with_registers)\.')
"""Prefix of the ViT's names in a model with a head."""

WITHOUT_COUNTERPART = ('classifier.', 'pooler.', 'embeddings.mask_token', 'decoder.')
"""Hugging Face's tensors without influence on the features."""

OUTSIDE_BLOCKS = {
    'cls_token': 'embeddings.cls_token',
    'pos_embed': 'embeddings.position_embeddings',
    'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
    'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
    'norm.weight': 'layernorm.weight',
    'norm.bias': 'layernorm.bias',
}
REGISTERS = {'reg_token': 'embeddings.register_tokens'}
VIT_BLOCK = {
    'norm1': 'layernorm_before',
    'attn.proj': 'attention.output.dense',
    'norm2': 'layernorm_after',
    'mlp.fc1': 'intermediate.dense',
    'mlp.fc2': 'output.dense',
}
DINOV2_BLOCK = {
    'norm1': 'norm1',
    'attn.proj': 'attention.output.dense',
    'norm2': 'norm2',
    'mlp.fc1': 'mlp.fc1',
    'mlp.fc2': 'mlp.fc2',
}
LAYER_SCALE = {'ls1.gamma': 'layer_scale1.lambda1', 'ls2.gamma': 'layer_scale2.lambda1'}
QKV = ('query', 'key', 'value')


def rename_pairs(model_type: str, num_layers: int) -> dict[str, str]:
    """Return timm's name to Hugging Face's for every tensor that only changes its name."""
    outside = OUTSIDE_BLOCKS | (REGISTERS if model_type == 'dinov2_with_registers' else {})
    layers, scales = (VIT_BLOCK, {}) if model_type == 'vit' else (DINOV2_BLOCK, LAYER_SCALE)
    return outside | block_names(num_layers, 'encoder.layer', layers, scales)


def to_hugging_face(state: Mapping[str, Tensor], model_type: str, facts: PlainViT) -> dict[str, Tensor]:
    """Rename timm's tensors.

    Without a position of CLS (``no_embed_class``) it becomes zero. Positions of registers are added to the registers.
    Missing LayerScales become ones.

    Args:
        state: State dict of timm's ``VisionTransformer``.
        model_type: ``vit``, ``dinov2`` or ``dinov2_with_registers``.
        facts: Its sizes.
    """
    width, registers = facts.embed_dims, facts.num_registers
    state = with_cls_position(state, facts)
    if facts.position_of_prefix and registers:
        of_cls, of_registers, of_patches = state['pos_embed'].tensor_split([1, 1 + registers], dim=1)
        state['reg_token'] = state['reg_token'] + of_registers
        state['pos_embed'] = torch.cat([of_cls, of_patches], dim=1)
    pairs = rename_pairs(model_type, facts.num_layers)
    ones = torch.ones(width)
    tensors = {theirs: state.get(ours, ones) for ours, theirs in pairs.items()}
    for layer in range(facts.num_layers):
        for end in ('weight', 'bias'):
            qkv = state.get(f'blocks.{layer}.attn.qkv.{end}')
            if qkv is not None:
                for name, part in zip(QKV, qkv.chunk(3), strict=True):
                    tensors[f'encoder.layer.{layer}.attention.attention.{name}.{end}'] = part
    if model_type != 'vit':
        tensors['embeddings.mask_token'] = torch.zeros(1, width)
    return {name: tensor.clone().contiguous() for name, tensor in tensors.items()}


def to_timm(
    tensors: Mapping[str, Tensor], model_type: str, num_layers: int, target: Mapping[str, Any]
) -> dict[str, Tensor]:
    """Rename Hugging Face's tensors, the inverse of :func:`to_hugging_face`.

    Args:
        tensors: Content of ``model.safetensors``.
        model_type: ``vit``, ``dinov2`` or ``dinov2_with_registers``.
        num_layers: Number of blocks.
        target: State dict of the timm network. If its position embedding has no row for CLS, the position of CLS is
            added to the CLS token; if it has no LayerScale, the scales are multiplied into the layer before.

    Raises:
        CheckpointError: If a tensor is missing or unexpected.
    """
    tensors = {PREFIX.sub('', name): tensor for name, tensor in tensors.items()}
    tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(WITHOUT_COUNTERPART)}

    def take(name: str) -> Tensor:
        if name not in tensors:
            raise CheckpointError(f'model.safetensors lacks {name}: it is no {model_type} of {num_layers} layers.')
        return tensors.pop(name)

    state = {ours: take(theirs) for ours, theirs in rename_pairs(model_type, num_layers).items()}
    for layer in range(num_layers):
        for end in ('weight', 'bias'):
            ours, theirs = f'blocks.{layer}.attn.qkv.{end}', f'encoder.layer.{layer}.attention.attention'
            if ours in target:
                state[ours] = torch.cat([take(f'{theirs}.{name}.{end}') for name in QKV])
    if tensors:
        raise CheckpointError(f"model.safetensors has {next(iter(tensors))}, which has no place in timm's ViT.")
    if target['pos_embed'].shape[1] == state['pos_embed'].shape[1] - 1:
        state['cls_token'] = state['cls_token'] + state['pos_embed'][:, :1]
        state['pos_embed'] = state['pos_embed'][:, 1:]
    for scale in [name for name in state if name.endswith('.gamma') and name not in target]:
        scaled = scale.replace('ls1.gamma', 'attn.proj').replace('ls2.gamma', 'mlp.fc2')
        gamma = state.pop(scale)
        state |= {
            f'{scaled}.weight': gamma[:, None] * state[f'{scaled}.weight'],
            f'{scaled}.bias': gamma * state[f'{scaled}.bias'],
        }
    return {name: tensor.float().contiguous() for name, tensor in state.items()}
