"""The reference of a backbone, and everything in a config that follows from it."""

import os
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

from .nested_values import map_values

WEIGHT_FILES = ('.pth', '.pt', '.safetensors')

PROTOCOL_STATISTICS = 'protocol_statistics'
"""Top-level key of a config whose protocol gives every backbone the same statistics, whatever its file says."""

RESOLVED = 'resolved_backbone'
"""Top-level key of a resolved config: the reference of its backbone."""

TIMM_SOURCES = ('hf-hub:', 'hf_hub:', 'local-dir:')
"""Prefixes of timm before a model's name, as in ``hf-hub:timm/vit_tiny_patch16_224.augreg_in21k``."""


def resolve_backbone(cfg: Config, reference: str | None = None) -> None:
    """Fill ``model.backbone`` and every placeholder of a downstream config in place; other configs stay as they are.

    In a ``TaskDistiller``, the backbone is ``model.task_model.backbone``.

    The top-level key ``backbone`` (``reference`` replaces it) is a timm name, the path of a student exported by us,
    ``NAME=FILE`` for timm weights in a local file, or a dict of a :class:`TokenBackbone`. A string ``'backbone.X'``
    anywhere in the config is replaced by a property of the backbone: ``embed_dims``, ``out_channels``, ``patch_size``,
    ``num_layers``, ``mean`` and ``std`` per channel on the scale of 0 to 255, or four blocks: ``third_layers`` (at a
    third, a half, two thirds and the end of the depth, [3, 5, 7, 11] of 12: BEiT and MAE) or ``dinov2_layers`` (at
    every quarter, [2, 5, 8, 11] of 12, but [4, 11, 17, 23] of 24: DINOv2). The key ``resolved_backbone`` then has the
    reference; a config with this key stays as it is.

    Raises:
        ConfigError: If the config was resolved for another reference, the reference is neither a file nor a timm name,
            a placeholder is unknown, or the data preprocessor has other statistics than a student's file.
        CheckpointError: If the file cannot be read.
    """
    if reference is not None:
        use_backbone(cfg, reference)
    if 'backbone' not in cfg:
        return
    reference = cfg.backbone
    model = cfg.model.get('task_model', cfg.model)
    role = dict(model.backbone)
    if cfg.get(RESOLVED, reference) != reference:
        raise _other_backbone(reference, cfg[RESOLVED])
    if RESOLVED in cfg:
        return
    weights = backbone_config(reference)
    if {'checkpoint', 'model_name'} & set(role) and any(role.get(key) != value for key, value in weights.items()):
        raise _other_backbone(reference, role.get('checkpoint') or role.get('model_name'))
    # The config's own arguments, such as the input size, have precedence over those of the weights. So does its class,
    # such as a ViT with windows, over the plain one.
    plain = weights.get('type', 'TimmViT').rpartition('.')[2] == 'TimmViT'
    model.backbone = ConfigDict({**weights, **role, 'type': role['type'] if plain else weights['type']})
    built = _built_for_facts(model.backbone)
    if not cfg.get(PROTOCOL_STATISTICS):
        _check_statistics(model.get('data_preprocessor') or cfg.get('data_preprocessor') or {}, built)
    facts = _facts(built)
    for key, value in cfg.to_dict().items():
        cfg[key] = map_values(value, lambda text: _filled(text, facts))
    cfg[RESOLVED] = reference


def use_backbone(cfg: Config, reference: str) -> None:
    """Set the backbone of a downstream config in place.

    Raises:
        ConfigError: If the config is of another kind.
    """
    if 'backbone' not in cfg:
        raise ConfigError(
            '--backbone is for the configs in configs/downstream and configs/task; this config has no top-level key '
            'backbone.'
        )
    cfg.backbone = reference


def _other_backbone(reference: Any, known: Any) -> ConfigError:
    return ConfigError(
        f'this config was resolved for {known}, and has its sizes and normalisation; for the backbone {reference} take '
        'the config in configs/downstream.'
    )


def backbone_config(reference: str | dict[str, Any]) -> dict[str, Any]:
    """Return the weights in a backbone's config: ``checkpoint``, or ``model_name`` with ``pretrained=True``.

    Raises:
        ConfigError: If a string looks like a file that does not exist.
    """
    if isinstance(reference, dict):
        return dict(reference)
    if reference.startswith(TIMM_SOURCES):
        return dict(model_name=reference, pretrained=True)
    name, _, file = reference.partition('=')
    # Without NAME=, or with an equals sign in its own name, the whole reference is a path.
    if not file or '/' in name or Path(reference).expanduser().is_file():
        name, file = '', reference
    if not (name or file.endswith(WEIGHT_FILES) or '/' in file):
        return dict(model_name=file, pretrained=True)
    # Not every reader of weights expands the tilde.
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
        ConfigError: If it is not a :class:`TokenBackbone`.
    """
    name = cfg['type'] if '.' in cfg['type'] else f'singer_mm.{cfg["type"]}'
    backbone = MODELS.build(ConfigDict(cfg, type=name))
    if not isinstance(backbone, TokenBackbone):
        raise ConfigError(
            f'backbone {cfg["type"]} is no TokenBackbone, so its widths are unknown; see docs/add_a_backbone.md.'
        )
    return backbone


def backbone_facts(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the placeholders of a config with this backbone."""
    return _facts(_built_for_facts(cfg))


def _built_for_facts(cfg: dict[str, Any]) -> TokenBackbone:
    # An argument, such as the blocks to read, may itself follow from the backbone.
    cfg = {key: value for key, value in cfg.items() if not _is_placeholder(value)}
    if cfg.get('pretrained'):
        # Only sizes are needed: this neither fetches weights nor draws random ones.
        with torch.device('meta'):
            return build_backbone({**cfg, 'pretrained': False})
    return build_backbone(cfg)


def _check_statistics(preprocessor: dict[str, Any], backbone: TokenBackbone) -> None:
    """Compare the numbers in a config with the statistics in the backbone's file."""
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
        # DINOv2 reads block 4 of ViT-L, although the first quarter ends with block 5.
        dinov2_layers=[4, *quarters[1:]] if depth == 24 else quarters,
        mean=[255 * value for value in mean],
        std=[255 * value for value in std],
    )


def _is_placeholder(value: Any) -> bool:
    # A weights file in the current folder may have the name backbone.pth.
    return isinstance(value, str) and value.startswith('backbone.') and not value.endswith(WEIGHT_FILES)


def _filled(value: Any, facts: dict[str, Any]) -> Any:
    if not _is_placeholder(value):
        return value
    name = value.removeprefix('backbone.')
    if name not in facts:
        raise ConfigError(f'{value!r} in the config is unknown; allowed: {", ".join(f"backbone.{n}" for n in facts)}.')
    return facts[name]
