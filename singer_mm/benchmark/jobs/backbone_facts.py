"""Which backbone a number belongs to."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from singer_mm.engine.config.backbone_reference import backbone_config, build_backbone
from singer_mm.utils.weights_digest import weights_digest


@dataclass(frozen=True)
class BackboneFacts:
    """Which backbone a number belongs to.

    Attributes:
        label: Its name in the table.
        reference: How the user named it.
        sha256: Of its file, or, for weights from timm's hub, of the tensors.
        architecture: timm name.
        embed_dims: Width.
        num_layers: Number of blocks.
        patch_size: In pixels.
        params_m: Millions of parameters.
    """

    label: str
    reference: str
    sha256: str
    architecture: str
    embed_dims: int
    num_layers: int
    patch_size: int
    params_m: float


def describe_backbone(label: str, reference: str, cfg: Config) -> BackboneFacts:
    """Return the facts about the backbone of a resolved config.

    Raises:
        SingerError: If it cannot be built.
    """
    backbone = build_backbone(cfg.model.backbone)
    checkpoint = backbone_config(reference).get('checkpoint')
    if checkpoint is None:
        sha256 = weights_digest(backbone.state_dict())
    else:
        sha256 = hashlib.sha256(Path(checkpoint).expanduser().read_bytes()).hexdigest()
    return BackboneFacts(
        label=label,
        reference=reference,
        sha256=sha256,
        architecture=backbone.describe(),
        embed_dims=backbone.embed_dims,
        num_layers=backbone.num_layers,
        patch_size=backbone.patch_size,
        params_m=round(sum(value.numel() for value in backbone.parameters()) / 1e6, 2),
    )
