"""Access to the attention and the MLP inside the blocks of a teacher."""

from typing import Any

from timm.layers import Mlp
from timm.models.vision_transformer import Block, VisionTransformer

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone


def plain_blocks(teacher: TokenBackbone, owner: str) -> list[Any]:
    """Return the blocks of a timm ``VisionTransformer`` (plain, DeiT-III, DINOv2, CLIP, SigLIP).

    ``Eva`` models (EVA-02, DINOv3) are refused: their positions are rotary, and an extra token has no position.

    Args:
        teacher: The network.
        owner: Name of the caller, for messages.

    Raises:
        ConfigError: If the network is of another kind, or its blocks do not add attention and then the MLP.
    """
    vit = getattr(teacher, 'vit', None)
    blocks = list(vit.blocks) if isinstance(vit, VisionTransformer) else []
    if not blocks or not all(isinstance(block, Block) for block in blocks):
        raise ConfigError(
            f'{owner} does not support the blocks of {teacher.describe()}; allowed: timm VisionTransformers with plain '
            'attention, learnt positions and pre-norm blocks (plain, DeiT-III, DINOv2, CLIP, SigLIP).'
        )
    return blocks


def plain_mlp(teacher: TokenBackbone, block: int, owner: str) -> Any:
    """Return a block's MLP of two linear maps; what its ``act`` returns, ``(B, T, hidden)``, are the block's neurons.

    Args:
        teacher: See :func:`plain_blocks`.
        block: 0-based.
        owner: Name of the caller, for messages.

    Raises:
        ConfigError: As :func:`plain_blocks`, and if there is no such block or its MLP is gated.
    """
    mlp = plain_blocks(teacher, owner)[teacher.check_layer(block)].mlp
    if not isinstance(mlp, Mlp):
        raise ConfigError(
            f'{owner} needs MLPs of two linear maps, but block {block} of {teacher.describe()} has a gated one '
            f'({type(mlp).__name__}); choose another teacher or refiner.'
        )
    return mlp
