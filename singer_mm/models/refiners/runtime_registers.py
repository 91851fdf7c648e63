"""Move the activations that make outliers to an extra token while the teacher runs (test-time registers)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

from .plain_blocks import plain_mlp
from .refiner import Refiner


@MODELS.register_module(name=['RuntimeRegisters', 'TestTimeRegisters'])  # configs may use either name
class RuntimeRegisters(Refiner):
    """Run the teacher's blocks again with one extra token that takes over the activations of register neurons.

    These are the "test-time registers" of Jiang et al. 2025 (arXiv 2506.08010): a few neurons of early to middle MLPs
    make high-norm tokens. An extra token of zeros, the register, is inserted; for each of these neurons it gets the
    largest activation among the patches, and all patches get zero. The outliers then grow on the register, which is
    removed at the end. ``tools/analysis/register_neurons.py`` lists the neurons of a teacher.

    Here the register is inserted before the first block with a listed neuron; in the paper it passes all blocks. The
    maximum is over the patches; in the authors' code it includes the CLS token.

    Layers before the first listed block do not change. In later layers, prefix tokens change with the patches, since
    the blocks run again. No gradient passes through the teacher.

    Args:
        neurons: ``(block, index)`` of each neuron, 0-based; blocks from 1.
        embed_dims: Not needed; the distiller gives it to every refiner.

    Raises:
        ConfigError: If no neuron is listed, or one of block 0.
    """

    def __init__(self, neurons: Sequence[tuple[int, int]], embed_dims: int | None = None) -> None:
        super().__init__()
        self.by_block: dict[int, list[int]] = {}
        for block, index in neurons:
            if block < 1 or index < 0:
                raise ConfigError(
                    f'RuntimeRegisters: neurons lists ({block}, {index}); allowed: blocks from 1, indices from 0.'
                )
            self.by_block.setdefault(block, []).append(index)
        if not self.by_block:
            raise ConfigError(
                'RuntimeRegisters: neurons is empty; tools/analysis/register_neurons.py prints those of a teacher.'
            )
        self.layer = -1

    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """Keep the teacher, whose blocks will run again.

        Raises:
            ConfigError: If the teacher has rotary positions or gated MLPs, or lacks a neuron.
        """
        for block, indices in self.by_block.items():
            num_neurons = plain_mlp(teacher, block, 'RuntimeRegisters').fc1.out_features
            if max(indices) >= num_neurons:
                raise ConfigError(
                    f'RuntimeRegisters: neurons lists ({block}, {max(indices)}), but the MLPs of {teacher.describe()} '
                    f'have the neurons 0 to {num_neurons - 1}.'
                )
        # Not registered as a submodule: the teacher belongs to the distiller.
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
            plain_mlp(self.teacher, block, 'RuntimeRegisters').act.register_forward_hook(_shift(indices, register))
            for block, indices in self.by_block.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def forward(self, patches: Tensor) -> Tensor:
        """Raise: the teacher's blocks need all tokens.

        Raises:
            TypeError: Always.
        """
        raise TypeError('RuntimeRegisters refines all tokens of an earlier layer: call refine().')


def _shift(indices: list[int], register: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def hook(_: nn.Module, __: tuple[Tensor, ...], activations: Tensor) -> Tensor:
        shifted = activations.clone()  # (B, P+1+N, hidden)
        shifted[:, register, indices] = activations[:, register + 1 :, indices].amax(dim=1)
        shifted[:, register + 1 :, indices] = 0
        return shifted

    return hook
