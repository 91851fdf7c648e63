"""A student as a checkpoint and config of mmpretrain's ``VisionTransformer``."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.optional_package import import_optional

from .output_check import largest_difference, normed_tokens, random_images
from .plain_vit import PlainViT, block_names, plain_vit, with_cls_position
from .student_source import StudentSource

KNOWN = 'what maps is a ViT with CLS token, learned positions, GELU and no registers, with or without LayerScale'

OUTSIDE_BLOCKS = {
    'cls_token': 'cls_token',
    'pos_embed': 'pos_embed',
    'patch_embed.proj.weight': 'patch_embed.projection.weight',
    'patch_embed.proj.bias': 'patch_embed.projection.bias',
    'norm.weight': 'ln1.weight',
    'norm.bias': 'ln1.bias',
}
IN_BLOCK = {
    'norm1': 'ln1',
    'attn.qkv': 'attn.qkv',
    'attn.proj': 'attn.proj',
    'norm2': 'ln2',
    'mlp.fc1': 'ffn.layers.0.0',
    'mlp.fc2': 'ffn.layers.1',
}
LAYER_SCALE = {'ls1.gamma': 'attn.gamma1.weight', 'ls2.gamma': 'ffn.gamma2.weight'}

HEAD = """# A student of {model_name} for mmpretrain and what takes its backbones; the outputs were compared.
# Use it as a base config, or copy the backbone; `fileDirname` is the folder of this file.
"""


def export_mmpretrain(student: StudentSource, path: str | Path) -> float:
    """Write a checkpoint with keys ``backbone.*`` and a config beside it (``.py``), load them, and compare outputs.

    The config has ``model`` (an ``ImageClassifier`` without head, whose backbone loads the checkpoint),
    and ``data_preprocessor`` with the student's statistics on the scale of 0 to 255. A classifier is left out.

    Args:
        student: The student.
        path: File name ending in ``.pth``.

    Returns:
        The largest absolute difference between mmpretrain's outputs and timm's.

    Raises:
        ConfigError: If mmpretrain is not installed, or its ``VisionTransformer`` has no such architecture.
        CheckpointError: If a file cannot be written, or gives other outputs.
    """
    backbone, path = student.backbone, Path(path)
    facts = plain_vit(backbone, "mmpretrain's VisionTransformer", KNOWN)
    if facts.num_registers or facts.activation != 'gelu':
        what = 'registers' if facts.num_registers else f'the activation {facts.activation}'
        raise ConfigError(
            f"{backbone.describe()} does not map to mmpretrain's VisionTransformer: it has {what}; {KNOWN}."
        )
    import_optional('mmpretrain', 'downstream')
    with atomic_path(path) as temporary, atomic_path(path.with_suffix('.py')) as temporary_config:
        ours = with_cls_position(backbone.vit.state_dict(), facts)
        pairs = OUTSIDE_BLOCKS | block_names(facts.num_layers, 'layers', IN_BLOCK, LAYER_SCALE)
        state = {f'backbone.{new}': ours[old].detach().cpu().clone() for old, new in pairs.items() if old in ours}
        torch.save(dict(state_dict=state, meta=dict(provenance=student.provenance)), temporary)
        model = _model(student, facts, '{{ fileDirname }}/' + path.name)
        text = HEAD.format(model_name=backbone.model_name) + Config(dict(model=model)).pretty_text
        temporary_config.write_text(text)
        return _compare(text, temporary, path, student)


def _model(student: StudentSource, facts: PlainViT, checkpoint: str) -> dict[str, Any]:
    mean, std = student.backbone.normalization
    vit = dict(
        type='mmpretrain.VisionTransformer',
        arch=dict(
            embed_dims=facts.embed_dims,
            num_layers=facts.num_layers,
            num_heads=facts.num_heads,
            feedforward_channels=facts.mlp_dims,
        ),
        img_size=facts.img_size,
        patch_size=facts.patch_size,
        qkv_bias=facts.qkv_bias,
        norm_cfg=dict(type='LN', eps=facts.norm_eps),
        layer_scale_init_value=1e-5 if facts.layer_scale else 0.0,  # above 0 creates one; the weights set its values
        out_type='cls_token',
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.'),
    )
    return dict(
        type='mmpretrain.ImageClassifier',
        data_preprocessor=dict(
            type='mmpretrain.ClsDataPreprocessor',
            mean=[255 * value for value in mean],
            std=[255 * value for value in std],
            to_rgb=True,
        ),
        backbone=vit,
    )


def _compare(config: str, checkpoint: Path, name: Path, student: StudentSource) -> float:
    """Build the backbone of a config's text in mmpretrain; return the largest difference from timm's tokens."""
    import_optional('mmpretrain.models', 'downstream')
    registry = import_optional('mmpretrain.registry', 'downstream')
    cfg = Config.fromstring(config, '.py').model.backbone
    # `init_cfg` would print a line for each tensor and ignore missing ones.
    there = registry.MODELS.build(dict(cfg, out_type='raw', init_cfg=None))
    weights = load_checkpoint(checkpoint)['state_dict']
    there.load_state_dict({key.removeprefix('backbone.'): value for key, value in weights.items()}, strict=True)
    there.eval()
    images = random_images(2, *student.backbone.vit.patch_embed.img_size)
    with torch.no_grad():
        tokens = there(images)[0]
    return largest_difference(str(name), tokens, normed_tokens(student.backbone, images))
