"""Teacher features on one scale, by statistics that are gathered while training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from singer_mm.utils.distributed import mean_over_processes
from singer_mm.utils.precision import at_least_float32

SLOWEST_UPDATE = 0.01
EPSILON = 1e-6


class FeatureStandardizer(nn.Module):
    """Subtract the mean and divide by the standard deviation of a layer's teacher tokens.

    The statistics are those of all tokens, over all processes: at first a plain average over the batches seen, from the
    hundredth on an exponential one; before the first, mean 0 and deviation 1. They are buffers, so that checkpoints
    carry them.

    Args:
        layers: Teacher layers.
        embed_dims: Width ``C``.
        per_channel: Mean and standard deviation of each channel; else no mean, and one standard deviation for the
            layer: the root of the mean variance of its channels.
    """

    num_batches: Tensor

    def __init__(self, layers: Sequence[int], embed_dims: int, per_channel: bool) -> None:
        super().__init__()
        self.per_channel = per_channel
        self.register_buffer('num_batches', torch.zeros((), dtype=torch.long))
        for layer in layers:
            self.register_buffer(f'mean_{layer}', torch.zeros(embed_dims))
            self.register_buffer(f'square_{layer}', torch.ones(embed_dims))

    def observe(self, teacher: Mapping[int, Tensor]) -> None:
        """Take a batch of the teacher's own tokens into the statistics, layer to ``(B, T, C)``."""
        self.update({layer: moments_of(tokens) for layer, tokens in teacher.items()})

    @torch.no_grad()
    def update(self, moments: Mapping[int, Tensor]) -> None:
        """Take a batch into the statistics by its mean and mean square in this process, layer to ``(2, C)``."""
        self.num_batches += 1
        weight = self.num_batches.reciprocal().clamp_min(SLOWEST_UPDATE)  # a tensor: no wait for the GPU
        for layer, own in moments.items():
            for name, value in zip(('mean', 'square'), mean_over_processes(own), strict=True):
                buffer = self.get_buffer(f'{name}_{layer}')
                buffer.lerp_(value.to(buffer), weight.to(buffer))

    def forward(self, layer: int, tokens: Tensor) -> Tensor:
        """Return standardised ``tokens`` ``(B, T, C)`` of a layer."""
        mean, square = (self.get_buffer(f'{name}_{layer}').to(tokens) for name in ('mean', 'square'))
        variance = square - mean.square()
        if not self.per_channel:
            return tokens / (variance.mean() + EPSILON).sqrt()
        return (tokens - mean) / (variance + EPSILON).sqrt()


@torch.no_grad()
def moments_of(tokens: Tensor) -> Tensor:
    """Return mean and mean square of each channel, ``(2, C)``, of ``tokens`` ``(B, T, C)``."""
    tokens = at_least_float32(tokens)
    return torch.stack([tokens.mean(dim=(0, 1)), tokens.square().mean(dim=(0, 1))])
