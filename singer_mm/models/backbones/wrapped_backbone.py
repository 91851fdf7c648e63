"""A backbone around another one that changes or stores its tokens."""

from typing import Any

from torch import Tensor, nn

from .token_backbone import TokenBackbone

COPIED = (
    'embed_dims',
    'num_layers',
    'num_prefix_tokens',
    'patch_size',
    'normalization',
    'normalization_file',
    'weights_loaded',
)
"""Attributes of a wrapper that are those of its network."""


class WrappedBackbone(TokenBackbone):
    """Delegates everything to :attr:`backbone` except :meth:`forward_tokens`, which a subclass implements."""

    def __init__(self, backbone: TokenBackbone) -> None:
        super().__init__(out_type='tokens')
        self.backbone = backbone
        for name in COPIED:
            setattr(self, name, getattr(backbone, name))

    @property
    def vit(self) -> Any:
        """The timm module, if the backbone has one; some refiners read the network's weights."""
        return self.backbone.vit

    def describe(self) -> str:
        return self.backbone.describe()

    def architecture(self) -> dict[str, Any]:
        return self.backbone.architecture()

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        return self.backbone.forward_block(layer, tokens, grid)

    def linear_map(self, layer: int) -> Tensor:
        return self.backbone.linear_map(layer)

    def final_normalize(self, tokens: Tensor) -> Tensor:
        return self.backbone.final_normalize(tokens)

    def final_norm_parameters(self) -> dict[str, nn.Parameter]:
        return {f'backbone.{name}': value for name, value in self.backbone.final_norm_parameters().items()}

    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        return {f'backbone.{name}': value for name, value in self.backbone.parameters_beyond(layer).items()}
