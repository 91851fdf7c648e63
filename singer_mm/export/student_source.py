"""A student and its provenance, from a reference on the command line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from singer_mm.engine.config.backbone_reference import backbone_config
from singer_mm.models.backbones import TimmViT
from singer_mm.utils.checkpoint_io import load_checkpoint


@dataclass(frozen=True)
class StudentSource:
    """A network to export and its origin.

    Attributes:
        backbone: The network with its weights, in eval mode.
        provenance: The run of an exported file (config, seed, iterations, version, commit), and ``source``, the
            reference.
    """

    backbone: TimmViT
    provenance: dict[str, Any]


def read_student(reference: str) -> StudentSource:
    """Read a student.

    Args:
        reference: A student exported by us (``.pth`` or ``.safetensors``), a timm name, or ``NAME=FILE`` for timm
            weights in a local file.

    Raises:
        ConfigError: If there is no such file or name.
        CheckpointError: If the weights cannot be read, do not fit or cannot be fetched.
    """
    cfg = backbone_config(reference)
    backbone = TimmViT(**cfg)
    backbone.float().eval()
    return StudentSource(backbone, dict(source=Path(reference).name, **_provenance(cfg.get('checkpoint'))))


def _provenance(path: str | None) -> dict[str, Any]:
    """Return the description of the run in a student file; empty for any other file."""
    if path is None:
        return {}
    if Path(path).suffix == '.safetensors':
        with safe_open(path, framework='pt') as file:
            description = json.loads((file.metadata() or {}).get('description', '{}'))
    else:
        description = load_checkpoint(path)
    provenance = description.get('provenance', {})
    return dict(provenance) if isinstance(provenance, dict) else {}
