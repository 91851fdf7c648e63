"""Check that a network has the same outputs in another library."""

import torch
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones import TimmViT

TOLERANCE = 1e-4
"""Largest allowed absolute difference of an output; float32 sums in another order differ by about 1e-6."""


def random_images(batch_size: int, height: int, width: int) -> Tensor:
    """Return normalised images ``(B, 3, H, W)``, the same for the same arguments."""
    return torch.randn(batch_size, 3, height, width, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def normed_tokens(backbone: TimmViT, images: Tensor) -> Tensor:
    """Return the tokens ``(B, P+N, C)`` after the last block and the final norm, in float32."""
    return backbone.vit.forward_features(images)


def largest_difference(what: str, there: Tensor, here: Tensor, name: str = 'tokens') -> float:
    """Return the largest absolute difference between an output of the written file, ``there``, and timm's, ``here``.

    Messages call the file ``what`` and the output ``name``.

    Raises:
        CheckpointError: If the shapes differ, or the difference is above :data:`TOLERANCE`.
    """
    if there.shape != here.shape:
        raise CheckpointError(
            f'{what} gives {name} of shape {tuple(there.shape)} instead of {tuple(here.shape)}; nothing was kept.'
        )
    difference = float((there - here).abs().max())
    if not difference <= TOLERANCE:
        raise CheckpointError(
            f'{what} gives other outputs than the network it was written from ({name} differs by {difference:.1e}, '
            f'allowed {TOLERANCE:.0e}); nothing was kept.'
        )
    return difference
