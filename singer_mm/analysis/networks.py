"""Networks by the names that a user gives on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.device import get_device
from torch import nn

from singer_mm.engine.config.backbone_label import split_label
from singer_mm.engine.config.backbone_reference import backbone_config, build_backbone
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.engine.config.image_size import takes_any_size
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.error_text import reason_of


def labelled_references(arguments: Sequence[str]) -> dict[str, str]:
    """Return label to reference of ``[LABEL:]NETWORK``; a work directory without a label has its own name as label.

    Raises:
        ConfigError: If two networks have the same label.
    """
    by_label: dict[str, str] = {}
    for label, reference in map(split_label, arguments):
        name = Path(reference).resolve().name if label == reference and Path(reference).is_dir() else label
        if name in by_label:
            raise ConfigError(f'two networks have the label {name!r}; give each another one, as LABEL:reference.')
        by_label[name] = reference
    return by_label


def load_network(reference: str, device: str = 'cpu') -> TokenBackbone:
    """Return the network that ``reference`` names, in eval mode and frozen.

    Args:
        reference: A config (``.py``) with a ``teacher`` or a ``model.teacher``, a timm name, a student exported by us,
            or ``NAME=FILE`` for timm weights in a local file. timm networks resample their position embedding to the
            input, unless their config says otherwise.
        device: See :func:`pick_device`.

    Raises:
        ConfigError: If there is no such config, file, name or device, or the network has no patch tokens (a CNN).
        CheckpointError: If the weights cannot be read, do not fit or cannot be fetched.
    """
    chosen = pick_device(device)
    cfg = {'type': 'TimmViT', **(_teacher_of(reference) if reference.endswith('.py') else backbone_config(reference))}
    is_timm = cfg['type'].rpartition('.')[2] == 'TimmViT'
    if is_timm and cfg.get('pretrained'):
        # This refuses a CNN before hundreds of megabytes are fetched.
        with torch.device('meta'):
            build_backbone({**cfg, 'pretrained': False})
    if is_timm:
        cfg.setdefault('dynamic_img_size', True)
    return build_backbone(cfg).freeze().to(chosen)


def native_size(network: TokenBackbone) -> int:
    """Return the side in pixels of a network's position embedding; if it is unknown, 224, rounded to whole patches."""
    patch_embed = getattr(getattr(network, 'vit', None), 'patch_embed', None)
    size = getattr(patch_embed, 'img_size', None)
    return int(min(size)) if size else max(224 // network.patch_size, 1) * network.patch_size


def has_fixed_size(network: TokenBackbone) -> bool:
    """Return whether a timm network takes images of one size only; other networks raise an error themselves."""
    return hasattr(network, 'vit') and not takes_any_size(network)


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
    """Return the device of a ``--device`` option; ``auto`` is the accelerator if there is one, else the CPU.

    Raises:
        ConfigError: If torch does not know the device, or the machine does not have it.
    """
    try:
        device = torch.device(get_device() if name == 'auto' else name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f'device {name!r} cannot be used ({reason_of(error)}); allowed: auto, cpu, cuda.') from error
    return device


def device_of(network: nn.Module) -> torch.device:
    """Return the device of a network's weights."""
    return next(network.parameters()).device
