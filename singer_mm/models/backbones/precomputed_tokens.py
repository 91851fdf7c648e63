"""The cached outputs of a frozen backbone, in place of the backbone."""

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor

from singer_mm.registry import MODELS

from .token_formats import VECTOR_TYPES, format_tokens


@MODELS.register_module()
class PrecomputedTokens(BaseModule):
    """Replaces ``backbone`` in a model and returns the tokens that :class:`CachedFeatures` has read.

    Args:
        out_type: As of the backbone; see :func:`format_tokens`.
        blocks: Indices of the stored blocks that :meth:`forward` returns.
        num_prefix_tokens: Number of stored prefix tokens.
        grid: Rows and columns of the stored patches.
        weights_digest: That of the backbone, for :class:`FrozenBackboneHook`.
    """

    def __init__(
        self,
        out_type: str,
        blocks: Sequence[int],
        num_prefix_tokens: int,
        grid: tuple[int, int],
        weights_digest: str,
    ) -> None:
        super().__init__()
        self.out_type = out_type
        self.blocks = tuple(blocks)
        self.num_prefix_tokens = num_prefix_tokens
        self.grid = grid
        self.weights_digest = weights_digest

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return one tensor for each of ``blocks``.

        Args:
            inputs: ``(B, L, T, C)``: ``L`` stored blocks; ``T`` is 2 (CLS token and patch mean) for out_types that are
                vectors, and the number of all tokens for the others.
        """
        # The mean of a single stored patch token is the token itself.
        layout = (1, (1, 1)) if self.out_type in VECTOR_TYPES else (self.num_prefix_tokens, self.grid)
        return tuple(format_tokens(inputs[:, block], self.out_type, *layout) for block in self.blocks)
