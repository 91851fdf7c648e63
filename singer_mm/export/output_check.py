"""Whether a network still computes the same elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones import TimmViT

TOLERANCE = 1e-4
"""Largest absolute difference of an output; float32 sums in another order differ by some 1e-6."""


def random_images(batch_size: int, height: int, width: int) -> Tensor:
    """Return normalised images ``(B, 3, H, W)``, the same for the same arguments."""
    return torch.randn(batch_size, 3, height, width, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def normed_tokens(backbone: TimmViT, images: Tensor) -> Tensor:
    """Return the tokens ``(B, P+N, C)`` after the last block and the final norm, in float32."""
    tokens: Tensor = backbone.vit.forward_features(images)
    return tokens


def largest_difference(what: str, outputs: Mapping[str, tuple[Tensor, Tensor]]) -> float:
    """Return the largest absolute difference between pairs of outputs.

    Args:
        what: What was written, for messages.
        outputs: Name to (there, here).

    Raises:
        CheckpointError: If shapes differ, or a difference is not below :data:`TOLERANCE`.
    """
    differences = [0.0]
    for name, (there, here) in outputs.items():
        if there.shape != here.shape:
            raise CheckpointError(
                f'{what} gives {name} of shape {tuple(there.shape)} instead of {tuple(here.shape)}; nothing was kept.'
            )
        difference = float((there - here).abs().max())
        if not difference <= TOLERANCE:
            raise CheckpointError(
                f'{what} gives other outputs than the network it was written from ({name} differs by '
                f'{difference:.1e}, allowed {TOLERANCE:.0e}); nothing was kept.'
            )
        differences.append(difference)
    return max(differences)
