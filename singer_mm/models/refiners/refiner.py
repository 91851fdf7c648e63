"""The base class of refiners, which treat artifacts in the teacher's tokens before the student learns them."""

from abc import ABC, abstractmethod

import torch
from mmengine.model import BaseModule
from torch import Tensor

from singer_mm.models.backbones import TokenBackbone


class Refiner(BaseModule, ABC):
    """A map from the teacher's patch tokens to refined ones, trained or not; a distiller has one for each layer.

    A subclass implements :meth:`forward`, and :meth:`start` if it needs the teacher. Its constructor accepts
    ``embed_dims``, the teacher's width, which the distiller fills in.
    """

    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """Prepare for the frozen teacher; called after every construction, before weights are loaded or resumed.

        Args:
            teacher: The teacher.
            layer: The layer whose tokens are refined.
            next_block: The block that the nullspace is taken from, see ``FeatureDistiller.next_block``.
        """

    def reads(self, layer: int) -> int:
        """Return the teacher layer whose tokens :meth:`refine` takes; before ``layer`` if blocks run again."""
        return layer

    def refine(self, tokens: Tensor, num_prefix_tokens: int, grid: tuple[int, int]) -> Tensor:
        """Return refined tokens ``(B, P+N, C)`` of ``tokens`` ``(B, P+N, C)`` of the layer that :meth:`reads` names.

        Prefix tokens stay as they are.

        Args:
            tokens: ``P`` prefix tokens, then ``N`` patch tokens.
            num_prefix_tokens: ``P``.
            grid: Rows and columns of the patches.
        """
        refined: Tensor = self(tokens[:, num_prefix_tokens:])
        return torch.cat([tokens[:, :num_prefix_tokens].to(refined.dtype), refined], dim=1)

    @abstractmethod
    def forward(self, patches: Tensor) -> Tensor:
        """Return refined patch tokens ``(B, N, C)`` of patch tokens ``(B, N, C)``."""
