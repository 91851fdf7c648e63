"""One name of a backbone, and everything in a config that follows from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

WEIGHT_FILES = ('.pth', '.pt', '.safetensors')

PROTOCOL_STATISTICS = 'protocol_statistics'
"""Top-level key of a config whose protocol gives every backbone the same statistics, also against its file."""

RESOLVED = 'resolved_backbone'
"""Top-level key of a resolved config: the reference that it was resolved for."""

TIMM_SOURCES = ('hf-hub:', 'hf_hub:', 'local-dir:')
"""What timm itself takes in front of a model's name, as in ``hf-hub:timm/vit_tiny_patch16_224.augreg_in21k``."""


def resolve_backbone(cfg: Config, reference: str | None = None) -> None:
    """Fill ``model.backbone`` and every placeholder of a downstream config in place; other configs stay as they are.

    Of a ``TaskDistiller`` it is ``model.task_model.backbone``.

    The top-level key ``backbone`` (or ``reference``, which replaces it) is a timm name, the path of a student exported
    by us, ``NAME=FILE`` for timm weights in a local file, or a dict of a :class:`TokenBackbone`. A string
    ``'backbone.X'`` anywhere in the config becomes what the backbone says: ``embed_dims``, ``out_channels``,
    ``patch_size``, ``num_layers``, ``mean`` and ``std`` per channel on the scale of 0 to 255, or four blocks:
    ``third_layers`` (at a third, a half, two thirds and the end of the depth, [3, 5, 7, 11] of 12: BEiT and MAE) or
    ``dinov2_layers`` (at every quarter, [2, 5, 8, 11] of 12, but [4, 11, 17, 23] of 24: DINOv2). The key
    ``resolved_backbone`` then says for which reference; a config that has it is left as it is.

    Raises:
        ConfigError: If the config was resolved for another reference, the reference is neither a file nor a timm name,
            a placeholder is unknown, or the data preprocessor has other statistics than a student's file tells.
        CheckpointError: If the file cannot be read.
    """
    if 'backbone' not in cfg:
        if reference is not None:
            raise ConfigError(
                '--backbone is for the configs in configs/downstream and configs/task; this one has no top-level key '
                'backbone.'
            )
        return
    reference = cfg.backbone if reference is None else reference
    model = cfg.model.get('task_model', cfg.model)
    role = dict(model.backbone)
    if cfg.get(RESOLVED, reference) != reference:
        raise _other_backbone(reference, cfg[RESOLVED])
    if RESOLVED in cfg:
        return
    weights = backbone_config(reference)
    if {'checkpoint', 'model_name'} & set(role) and any(role.get(key) != value for key, value in weights.items()):
        raise _other_backbone(reference, role.get('checkpoint') or role.get('model_name'))
    cfg.backbone = reference
    # Arguments of the architecture yield to the role that the backbone plays here, such as its input size; so does the
    # plain class to one with windows.
    plain = weights.get('type', 'TimmViT').rpartition('.')[2] == 'TimmViT'
    model.backbone = ConfigDict({**weights, **role, 'type': role['type'] if plain else weights['type']})
    built = _built_for_facts(model.backbone)
    if not cfg.get(PROTOCOL_STATISTICS):
        _check_statistics(model.get('data_preprocessor') or cfg.get('data_preprocessor') or {}, built)
    facts = _facts(built)
    for key, value in cfg.to_dict().items():
        cfg[key] = _replace(value, facts)
    cfg[RESOLVED] = reference


def _other_backbone(reference: Any, known: Any) -> ConfigError:
    return ConfigError(
        f'this config was resolved for {known}, whose sizes and normalisation it holds; for the backbone {reference} '
        'take the one in configs/downstream.'
    )


def backbone_config(reference: str | dict[str, Any]) -> dict[str, Any]:
    """Return the weights' part of a backbone's config: ``checkpoint``, or ``model_name`` with ``pretrained=True``.

    Raises:
        ConfigError: If a string looks like a file that does not exist.
    """
    if isinstance(reference, dict):
        return dict(reference)
    if reference.startswith(TIMM_SOURCES):
        return dict(model_name=reference, pretrained=True)
    name, _, file = reference.partition('=')
    # Without a name in front, or with an equals sign of its own, it is a path from the beginning.
    if not file or '/' in name or Path(reference).expanduser().is_file():
        name, file = '', reference
    if not (name or file.endswith(WEIGHT_FILES) or '/' in file):
        return dict(model_name=file, pretrained=True)
    # Not every reader of weights knows the tilde.
    file = os.path.expanduser(file)
    if not Path(file).is_file():
        raise ConfigError(
            f'backbone file {file} does not exist; give the student.pth of a distillation, the name of a timm model, '
            'or NAME=FILE for weights of a timm model in a file.'
        )
    return dict(checkpoint=file, **(dict(model_name=name) if name else {}))


def build_backbone(cfg: dict[str, Any]) -> TokenBackbone:
    """Build a backbone from its resolved config.

    Raises:
        ConfigError: If it is no :class:`TokenBackbone`.
    """
    name = cfg['type'] if '.' in cfg['type'] else f'singer_mm.{cfg["type"]}'
    backbone = MODELS.build(ConfigDict(cfg, type=name))
    if not isinstance(backbone, TokenBackbone):
        raise ConfigError(
            f'backbone {cfg["type"]} is no TokenBackbone, so its widths are unknown (docs/add_a_backbone.md).'
        )
    return backbone


def backbone_facts(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return what a config may ask of its backbone."""
    return _facts(_built_for_facts(cfg))


def _built_for_facts(cfg: dict[str, Any]) -> TokenBackbone:
    # Which blocks are read, say, may itself follow from the backbone.
    cfg = {key: value for key, value in cfg.items() if not _is_placeholder(value)}
    if cfg.get('pretrained'):
        # Sizes only: no weights are fetched here, nor are random ones drawn.
        with torch.device('meta'):
            return build_backbone({**cfg, 'pretrained': False})
    return build_backbone(cfg)


def _check_statistics(preprocessor: dict[str, Any], backbone: TokenBackbone) -> None:
    """Compare what a config states in numbers with what the backbone's file tells; what is left open follows it."""
    stated = [preprocessor.get(key) for key in ('mean', 'std')]
    if backbone.normalization_file is None or not any(isinstance(values, list | tuple) for values in stated):
        return
    backbone.use_normalization(
        *(
            [value / 255 for value in values] if isinstance(values, list | tuple) else own
            for values, own in zip(stated, backbone.normalization, strict=True)
        )
    )


def _facts(backbone: TokenBackbone) -> dict[str, Any]:
    mean, std = backbone.normalization
    depth = backbone.num_layers
    quarters = [max(0, depth * quarter // 4 - 1) for quarter in (1, 2, 3, 4)]
    return dict(
        embed_dims=backbone.embed_dims,
        out_channels=backbone.out_channels,
        patch_size=backbone.patch_size,
        num_layers=depth,
        third_layers=[max(0, round(depth * share) - 1) for share in (1 / 3, 1 / 2, 2 / 3, 1)],
        # DINOv2 reads block 4 of ViT-L where a quarter ends with block 5.
        dinov2_layers=[4, *quarters[1:]] if depth == 24 else quarters,
        mean=[255 * value for value in mean],
        std=[255 * value for value in std],
    )


def _is_placeholder(value: Any) -> bool:
    # Weights in the current folder may be called backbone.pth.
    return isinstance(value, str) and value.startswith('backbone.') and not value.endswith(WEIGHT_FILES)


def _replace(value: Any, facts: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _replace(child, facts) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replace(child, facts) for child in value)
    if _is_placeholder(value):
        name = value.removeprefix('backbone.')
        if name not in facts:
            raise ConfigError(
                f'{value!r} in the config is unknown; allowed: {", ".join(f"backbone.{n}" for n in facts)}.'
            )
        return facts[name]
    return value
