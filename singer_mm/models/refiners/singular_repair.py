"""Limit patches along the direction that the teacher's weights amplify most (after SINDER)."""

import torch
from torch import Tensor

from singer_mm.models.argument_checks import check_fraction
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

from .plain_blocks import plain_blocks
from .refiner import Refiner
from .singular_direction import block_map, leading_direction


@MODELS.register_module()
class SingularRepair(Refiner):
    """Limit the coordinate of every patch along the singular defect direction of its layer; the rest stays.

    SINDER (Wang et al., ECCV 2024, arXiv 2407.16826) finds that the high-norm tokens of DINOv2-g lie along the leading
    singular vector of the linearised network up to their layer, and repairs the network by fine-tuning singular
    values. This class uses the direction (``singular_direction.py``) without the fine-tuning: a patch's coordinate
    along it may deviate from the median of its image by at most the ``quantile`` of these deviations.

    It helps only if artifacts lie along that direction. DINOv2-S has hardly any artifacts; before its last block, the
    direction is not that of the patches with the highest norms (numbers: docs/add_a_refiner.md).

    Args:
        quantile: Between 0 and 1, exclusive.
        embed_dims: Not needed; the distiller gives it to every refiner.

    Attributes:
        direction: Unit vector ``(C,)``, set by :meth:`start`; follows from the teacher's weights and is not saved.

    Raises:
        ConfigError: If ``quantile`` is out of range.
    """

    direction: Tensor | None

    def __init__(self, quantile: float = 0.97, embed_dims: int | None = None) -> None:
        super().__init__()
        check_fraction('SingularRepair: quantile', quantile)
        self.quantile = quantile
        self.register_buffer('direction', None, persistent=False)

    @torch.no_grad()
    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """Find the direction from the weights of the blocks 0 to ``layer``.

        Raises:
            ConfigError: If the teacher's blocks cannot be taken apart.
        """
        blocks = plain_blocks(teacher, type(self).__name__)[: teacher.check_layer(layer) + 1]
        weight = blocks[-1].attn.proj.weight
        self.direction = leading_direction(block_map(block) for block in blocks).to(weight)

    def forward(self, patches: Tensor) -> Tensor:
        """Return repaired patch tokens ``(B, N, C)`` of patch tokens ``(B, N, C)``."""
        assert self.direction is not None, 'start() comes first'
        wide = at_least_float32(patches)
        direction = self.direction.to(wide.dtype)
        coordinates = (wide * direction).sum(dim=-1)  # (B, N); not a matmul, which autocast would round
        deviations = coordinates - coordinates.quantile(0.5, dim=1, keepdim=True)
        limits = deviations.abs().quantile(self.quantile, dim=1, keepdim=True)
        excess = deviations - deviations.clamp(-limits, limits)
        return patches - (excess[..., None] * direction).to(patches.dtype)
