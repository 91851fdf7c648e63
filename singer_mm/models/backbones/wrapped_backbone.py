"""A backbone around another one, whose tokens it changes or remembers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from .base import TokenBackbone

COPIED = (
    'embed_dims',
    'num_layers',
    'num_prefix_tokens',
    'patch_size',
    'normalization',
    'normalization_file',
    'weights_loaded',
)
"""What a wrapper says of itself is what its network says."""


class WrappedBackbone(TokenBackbone):
    """Everything is that of :attr:`backbone`, but for :meth:`forward_tokens`, which a subclass implements.

    Args:
        backbone: The network inside.
    """

    def __init__(self, backbone: TokenBackbone) -> None:
        super().__init__(out_type='tokens')
        self.backbone = backbone
        for name in COPIED:
            setattr(self, name, getattr(backbone, name))

    @property
    def vit(self) -> Any:
        """The timm module, if the backbone has one: refiners that look at a network's weights find them there."""
        return self.backbone.vit

    @abstractmethod
    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`."""

    def describe(self) -> str:
        """Return the name of the backbone."""
        return self.backbone.describe()

    def architecture(self) -> dict[str, Any]:
        """See :meth:`TokenBackbone.architecture`."""
        return self.backbone.architecture()

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """See :meth:`TokenBackbone.forward_block`."""
        return self.backbone.forward_block(layer, tokens, grid)

    def linear_map(self, layer: int) -> Tensor:
        """See :meth:`TokenBackbone.linear_map`."""
        return self.backbone.linear_map(layer)

    def final_normalize(self, tokens: Tensor) -> Tensor:
        """See :meth:`TokenBackbone.final_normalize`."""
        return self.backbone.final_normalize(tokens)

    def final_norm_parameters(self) -> dict[str, nn.Parameter]:
        """See :meth:`TokenBackbone.final_norm_parameters`."""
        return {f'backbone.{name}': value for name, value in self.backbone.final_norm_parameters().items()}

    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        """See :meth:`TokenBackbone.parameters_beyond`."""
        return {f'backbone.{name}': value for name, value in self.backbone.parameters_beyond(layer).items()}
