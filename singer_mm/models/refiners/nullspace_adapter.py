"""The SiNGER refiner: a low-rank adapter on the teacher's patch tokens."""

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

from .nullspace import left_singular_vectors, random_basis, released_basis, smallest_basis
from .refiner import Refiner

BASES = ('smallest', 'released', 'random')
STARTS = {'double': 1.0, 'remove': -1.0, 'zero': 0.0}
"""How an adapter can start, and the factor of ``up``."""


@MODELS.register_module()
class NullspaceAdapter(Refiner):
    """``refined = F + (F @ down) @ up``, started in the left nullspace of the next block (SiNGER, section 3.2).

    :meth:`init_from` sets ``down = Nᵀ`` and ``up = N`` for a basis ``N`` ``(r, C)``. The adapter therefore does not
    start as the identity: it doubles the component inside the nullspace, which the next block ignores. The other two
    starts are ours.

    Args:
        rank: Rank ``r`` of the adapter.
        basis: ``smallest``: the directions with the smallest singular values (the paper's text); ``released``: those
            below ``threshold`` in the order of the released code; ``random``: orthonormal directions, as a control.
        start: ``double`` (the paper): ``up = N``; ``remove``: ``up = -N``, which removes the component inside the
            nullspace before the first step; ``zero``: ``up = 0``, the identity, as in LoRA.
        threshold: Singular values below it count as null; only ``basis='released'`` uses it (0.05 there).
        frozen: Do not train the adapter (an ablation).
        preserve_norm: Scale each image's refined patches by one factor, so that their median norm is that of the
            teacher's. The distillation loss then cannot shrink the whole target (ours, not in the paper).
        embed_dims: Width ``C``, given by the distiller; default: that of the linear map in :meth:`init_from`.

    Attributes:
        down: Parameter ``(C, r)``.
        up: Parameter ``(r, C)``.
        initial_basis: Buffer ``(r, C)``, the ``N`` of the start; saved for resumed runs.
        spectrum: Singular values ``(C,)`` of the linear map, in float64, descending; set by :meth:`init_from`.

    Raises:
        ConfigError: If an argument is out of range.
    """

    def __init__(
        self,
        rank: int = 64,
        basis: str = 'smallest',
        start: str = 'double',
        threshold: float | None = None,
        frozen: bool = False,
        preserve_norm: bool = False,
        embed_dims: int | None = None,
    ) -> None:
        super().__init__()
        check_choice('NullspaceAdapter: basis', basis, BASES)
        check_choice('NullspaceAdapter: start', start, STARTS)
        if (basis == 'released') != (threshold is not None):
            raise ConfigError(
                f"NullspaceAdapter: threshold is {threshold} with basis={basis!r}; it belongs to basis='released' "
                '(0.05 in the released code) and to no other.'
            )
        if rank < 1:
            raise ConfigError(f'NullspaceAdapter: rank is {rank}; it must be at least 1.')
        self.rank = rank
        self.basis = basis
        self.up_factor = STARTS[start]
        self.threshold = threshold
        self.frozen = frozen
        self.preserve_norm = preserve_norm
        self.spectrum: Tensor | None = None
        if embed_dims is not None:
            self._create_parameters(embed_dims)

    def _create_parameters(self, embed_dims: int) -> None:
        if self.rank > embed_dims:
            raise ConfigError(f'NullspaceAdapter: rank {self.rank} exceeds the width; allowed: 1 to {embed_dims}.')
        self.down = nn.Parameter(torch.zeros(embed_dims, self.rank), requires_grad=not self.frozen)
        self.up = nn.Parameter(torch.zeros(self.rank, embed_dims), requires_grad=not self.frozen)
        self.register_buffer('initial_basis', torch.zeros(self.rank, embed_dims))

    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """See :meth:`Refiner.start`."""
        self.init_from(teacher.linear_map(next_block))

    @torch.no_grad()
    def init_from(self, linear_map: Tensor) -> None:
        """Start in the left nullspace of ``linear_map`` ``(C, C)``, in row-vector convention.

        Raises:
            ConfigError: If the rank exceeds the width.
        """
        if not hasattr(self, 'down'):
            self._create_parameters(linear_map.shape[0])
            self.to(linear_map)
        left, self.spectrum = left_singular_vectors(linear_map)
        if self.basis == 'smallest':
            basis = smallest_basis(left, self.rank)
        elif self.basis == 'released':
            assert self.threshold is not None  # __init__ made sure
            basis = released_basis(left, self.spectrum, self.rank, self.threshold)
        else:
            basis = random_basis(left, self.rank)
        self.initial_basis.copy_(basis)
        self.up.copy_(self.up_factor * basis)
        self.down.copy_(basis.T)

    def forward(self, patches: Tensor) -> Tensor:
        """Return refined patch tokens ``(B, N, C)`` of patch tokens ``(B, N, C)``."""
        refined = patches + (patches @ self.down) @ self.up
        if self.preserve_norm:
            refined = refined * (median_norm(patches) / median_norm(refined)).to(refined.dtype)
        return refined


def median_norm(patches: Tensor) -> Tensor:
    """Return the median norm of each image's patches, ``(B, 1, 1)``, of ``(B, N, C)``; 1e-12 where all are zero."""
    norms = at_least_float32(patches).norm(dim=-1)
    return norms.median(dim=1).values.clamp_min(1e-12)[:, None, None]
