"""A frozen teacher whose tokens for a fixed set of images are computed once."""

from collections.abc import Sequence

import torch
from torch import Tensor

from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.wrapped_backbone import WrappedBackbone


class RecordedTeacher(WrappedBackbone):
    """Replace a backbone by a record of its tokens, so that many trainings share one pass.

    Args:
        backbone: A frozen backbone in eval mode.
        images: All images that it will get, normalised, ``(n, 3, H, W)``.
        layers: Layers to record.
        chunk: Images of one pass.

    Attributes:
        selected: Indices of the images that the next calls get.
    """

    def __init__(self, backbone: TokenBackbone, images: Tensor, layers: Sequence[int], chunk: int = 32) -> None:
        super().__init__(backbone)
        self.images = images
        with torch.no_grad():
            parts = [backbone.forward_tokens(part, layers) for part in images.split(chunk)]
        self.record = {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}
        self.selected = torch.arange(len(images))

    def select(self, indices: Tensor) -> Tensor:
        """Select the images of the next calls and return them, ``(B, 3, H, W)``."""
        self.selected = indices
        return self.images[indices]

    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`; ``images`` must be the selected ones."""
        assert torch.equal(images, self.images[self.selected])
        return {layer: self.record[layer][self.selected] for layer in sorted(layers)}
