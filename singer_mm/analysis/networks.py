"""From what a user types to a network that can be looked into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.device import get_device

from singer_mm.engine.config.backbone_reference import WEIGHT_FILES, backbone_config, build_backbone
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone

TIMM_SOURCES = ('hf-hub', 'hf_hub', 'local-dir')
"""What timm itself writes before a colon in a model name."""


def split_label(reference: str) -> tuple[str, str]:
    """Split ``LABEL:reference`` into label and reference; without a label, make one from the name or the file.

    The label of a file includes its folder, since every run calls its student ``student.pth``.
    """
    label, colon, rest = reference.partition(':')
    if colon and label and rest and label not in TIMM_SOURCES and '/' not in label:
        return label, rest
    path = Path(reference.rpartition('=')[2])
    if path.suffix not in (*WEIGHT_FILES, '.py'):
        return reference, reference
    in_a_run = path.suffix != '.py' and path.parent.name
    return (f'{path.parent.name}/{path.stem}' if in_a_run else path.stem), reference


def load_network(reference: str) -> TokenBackbone:
    """Return the network that ``reference`` means, in eval mode, frozen, on the CPU.

    Args:
        reference: A config (``.py``) with a ``teacher`` or a ``model.teacher``, a timm name, a student exported by us,
            or ``NAME=FILE`` for timm weights in a local file. timm networks resample their position embedding to the
            input, unless their config says otherwise.

    Raises:
        ConfigError: If there is no such config, file or name, or the network has no patch tokens (a CNN).
        CheckpointError: If the weights cannot be read, do not fit or cannot be fetched.
    """
    cfg = {'type': 'TimmViT', **(_teacher_of(reference) if reference.endswith('.py') else backbone_config(reference))}
    is_timm = cfg['type'].rpartition('.')[2] == 'TimmViT'
    if is_timm and cfg.get('pretrained'):
        # Before hundreds of megabytes are fetched: is it a network that we can look into?
        with torch.device('meta'):
            build_backbone({**cfg, 'pretrained': False})
    if is_timm:
        cfg.setdefault('dynamic_img_size', True)
    return build_backbone(cfg).freeze()


def native_size(network: TokenBackbone) -> int:
    """Return the side in pixels that a network's position embedding was made for; 224, rounded, where it is unknown."""
    patch_embed = getattr(getattr(network, 'vit', None), 'patch_embed', None)
    size = getattr(patch_embed, 'img_size', None)
    return int(min(size)) if size else max(224 // network.patch_size, 1) * network.patch_size


def _teacher_of(path: str) -> dict[str, Any]:
    if not Path(path).is_file():
        raise ConfigError(f'config {path} does not exist; teachers are in configs/_base_/teachers.')
    config = load_config_file(path)
    teacher = config.get('model', {}).get('teacher') or config.get('teacher')
    if not isinstance(teacher, ConfigDict):
        raise ConfigError(f'{path} has no teacher and no model.teacher; give the config of a teacher or distillation.')
    plain: dict[str, Any] = teacher.to_dict()
    return plain


def pick_device(name: str) -> torch.device:
    """Return the device of a ``--device`` option; ``auto`` is the accelerator, if there is one.

    Raises:
        ConfigError: If torch knows no such device, or it is not there.
    """
    try:
        device = torch.device(get_device() if name == 'auto' else name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f'device {name!r} cannot be used ({reason}); allowed: auto, cpu, cuda.') from error
    return device
