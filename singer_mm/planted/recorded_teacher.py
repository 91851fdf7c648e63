"""A frozen teacher that is asked about the same images again and again."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from singer_mm.models.backbones import TokenBackbone


class RecordedTeacher(TokenBackbone):
    """Stand in a backbone's place and answer from a record of its tokens: many trainings then share one pass.

    Args:
        backbone: A frozen backbone in eval mode.
        images: ``(n, 3, H, W)``, all images that it will be asked about, normalised.
        layers: Layers to record.
        chunk: Images of one pass while recording.

    Attributes:
        selected: Indices of the images that the next calls are about.
    """

    def __init__(self, backbone: TokenBackbone, images: Tensor, layers: Sequence[int], chunk: int = 32) -> None:
        super().__init__(out_type='tokens')
        for name in ('embed_dims', 'num_layers', 'num_prefix_tokens', 'patch_size', 'normalization', 'weights_loaded'):
            setattr(self, name, getattr(backbone, name))
        self.backbone = backbone
        self.images = images
        with torch.no_grad():
            parts = [backbone.forward_tokens(part, layers) for part in images.split(chunk)]
        self.record = {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}
        self.selected = torch.arange(len(images))

    def select(self, indices: Tensor) -> Tensor:
        """Make the next calls be about some images, and return these, ``(B, 3, H, W)``."""
        self.selected = indices
        return self.images[indices]

    def describe(self) -> str:
        """Return the name of the backbone."""
        return self.backbone.describe()

    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`; ``images`` must be the selected ones."""
        assert torch.equal(images, self.images[self.selected])
        return {layer: self.record[layer][self.selected] for layer in sorted(layers)}

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """See :meth:`TokenBackbone.forward_block`."""
        return self.backbone.forward_block(layer, tokens, grid)

    def linear_map(self, layer: int) -> Tensor:
        """See :meth:`TokenBackbone.linear_map`."""
        return self.backbone.linear_map(layer)

    def final_normalize(self, tokens: Tensor) -> Tensor:
        """See :meth:`TokenBackbone.final_normalize`."""
        return self.backbone.final_normalize(tokens)

    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        """See :meth:`TokenBackbone.parameters_beyond`."""
        return self.backbone.parameters_beyond(layer)
