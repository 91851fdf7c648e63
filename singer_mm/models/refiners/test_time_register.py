"""Move what makes outliers into an extra token while the teacher runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

from .base import Refiner
from .plain_blocks import plain_mlp


@MODELS.register_module()
class TestTimeRegisters(Refiner):
    """Run the teacher's blocks again with one extra token that takes over the activations of register neurons.

    Jiang et al. 2025 (arXiv 2506.08010): a few neurons of early to middle MLPs make high-norm tokens. An extra token of
    zeros, a register, is appended; for each such neuron it gets the largest activation among the patches, while all
    patches get zero. The outliers then grow on the register, which is dropped at the end.
    ``tools/analysis/register_neurons.py`` names the neurons of a teacher.

    The register enters before the first block with a listed neuron; in the paper it passes the blocks before that one,
    too. The maximum is over the patches; the authors' code includes the CLS token in it.

    A layer before the first listed block stays as it is, as it does in the network itself. Otherwise prefix tokens
    change with the patches, since the blocks are run anew. No gradient passes through the teacher.

    Args:
        neurons: ``(block, index)`` of each neuron, 0-based; blocks from 1.
        embed_dims: Not needed; the distiller gives it to every refiner.

    Raises:
        ConfigError: If no neuron is listed, or one of block 0.
    """

    __test__ = False  # pytest takes every class called Test... for one of its own

    def __init__(self, neurons: Sequence[tuple[int, int]], embed_dims: int | None = None) -> None:
        super().__init__()
        self.by_block: dict[int, list[int]] = {}
        for block, index in neurons:
            if block < 1 or index < 0:
                raise ConfigError(
                    f'TestTimeRegisters: neurons lists ({block}, {index}); allowed: blocks from 1, indices from 0.'
                )
            self.by_block.setdefault(block, []).append(index)
        if not self.by_block:
            raise ConfigError(
                'TestTimeRegisters: neurons is empty; tools/analysis/register_neurons.py prints those of a teacher.'
            )
        self.layer = -1

    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """Remember the teacher, whose blocks are to run again.

        Raises:
            ConfigError: If the teacher has rotary positions or gated MLPs, or lacks a neuron.
        """
        for block, indices in self.by_block.items():
            num_neurons = plain_mlp(teacher, block, 'TestTimeRegisters').fc1.out_features
            if max(indices) >= num_neurons:
                raise ConfigError(
                    f'TestTimeRegisters: neurons lists ({block}, {max(indices)}), but the MLPs of {teacher.describe()} '
                    f'have the neurons 0 to {num_neurons - 1}.'
                )
        # Past nn.Module's registration: the teacher is the distiller's.
        self.__dict__['teacher'] = teacher
        self.layer = layer

    def reads(self, layer: int) -> int:
        """Return the layer before the first block with a neuron, or ``layer`` where there is none up to it."""
        return min(self.by_block) - 1 if min(self.by_block) <= layer else layer

    def refine(self, tokens: Tensor, num_prefix_tokens: int, grid: tuple[int, int]) -> Tensor:
        """See :meth:`Refiner.refine`; prefix tokens change with the patches."""
        assert self.layer >= 0, 'start() comes first'
        register = num_prefix_tokens  # its place, behind the prefix
        first = self.reads(self.layer) + 1
        if first > self.layer:
            return tokens
        with torch.no_grad(), self._shifting(register):
            zeros = tokens.new_zeros(len(tokens), 1, tokens.shape[-1])
            tokens = torch.cat([tokens[:, :register], zeros, tokens[:, register:]], dim=1)
            for block in range(first, self.layer + 1):
                tokens = self.teacher.forward_block(block, tokens, grid)
        return torch.cat([tokens[:, :register], tokens[:, register + 1 :]], dim=1)

    @contextmanager
    def _shifting(self, register: int) -> Iterator[None]:
        """Inside, the listed neurons fire at token ``register`` instead of at the patches behind it."""
        handles = [
            plain_mlp(self.teacher, block, 'TestTimeRegisters').act.register_forward_hook(_shift(indices, register))
            for block, indices in self.by_block.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def forward(self, patches: Tensor) -> Tensor:
        """Refuse: patches alone cannot pass the teacher's blocks.

        Raises:
            TypeError: Always.
        """
        raise TypeError('TestTimeRegisters refines all tokens of an earlier layer: call refine().')


def _shift(indices: list[int], register: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def hook(_: nn.Module, __: tuple[Tensor, ...], activations: Tensor) -> Tensor:
        shifted = activations.clone()  # (B, P+1+N, hidden)
        shifted[:, register, indices] = activations[:, register + 1 :, indices].amax(dim=1)
        shifted[:, register + 1 :, indices] = 0
        return shifted

    return hook
