"""Teacher features on one scale, by statistics that are gathered while training."""

from collections.abc import Mapping, Sequence
from typing import Any

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
    carry them. The variance is followed by itself, from centred moments: the difference of a mean square and a squared
    mean has no correct digit left in float32 where the mean is some thousand deviations. The mean square is kept for
    older checkpoints, which have only that.

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
        self.layers = tuple(layers)
        self.register_buffer('num_batches', torch.zeros((), dtype=torch.long))
        for layer in layers:
            self.register_buffer(f'mean_{layer}', torch.zeros(embed_dims))
            self.register_buffer(f'square_{layer}', torch.ones(embed_dims))
            self.register_buffer(f'variance_{layer}', torch.ones(embed_dims))

    def observe(self, teacher: Mapping[int, Tensor]) -> None:
        """Take a batch of the teacher's own tokens into the statistics, layer to ``(B, T, C)``."""
        self.update({layer: moments_of(tokens) for layer, tokens in teacher.items()})

    @torch.no_grad()
    def update(self, moments: Mapping[int, Tensor]) -> None:
        """Take a batch into the statistics by its mean and variance in this process, layer to ``(2, C)``."""
        self.num_batches += 1
        weight = self.num_batches.reciprocal().clamp_min(SLOWEST_UPDATE)  # a tensor: no wait for the GPU
        for layer, own in moments.items():
            mean = mean_over_processes(own[0])
            variance = mean_over_processes(own[1] + (own[0] - mean).square())
            values = dict(
                variance=self._mixed_variance(layer, mean, variance, weight.to(mean)),
                mean=mean,
                square=variance + mean.square(),
            )
            for name, value in values.items():
                buffer = self.get_buffer(f'{name}_{layer}')
                if name == 'variance':
                    buffer.copy_(value)
                else:
                    buffer.lerp_(value.to(buffer), weight.to(buffer))

    def _mixed_variance(self, layer: int, mean: Tensor, variance: Tensor, weight: Tensor) -> Tensor:
        """Return the variance of what was seen before and of a batch that has the share ``weight`` of the whole."""
        before, center = (self.get_buffer(f'{name}_{layer}').to(mean) for name in ('variance', 'mean'))
        between = weight * (1 - weight) * (mean - center).square()
        return (1 - weight) * before + weight * variance + between

    def forward(self, layer: int, tokens: Tensor) -> Tensor:
        """Return standardised ``tokens`` ``(B, T, C)`` of a layer."""
        mean, variance = (self.get_buffer(f'{name}_{layer}').to(tokens) for name in ('mean', 'variance'))
        if not self.per_channel:
            return tokens / (variance.mean() + EPSILON).sqrt()
        return (tokens - mean) / (variance + EPSILON).sqrt()

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any) -> None:
        """Fill in the variances that a checkpoint of an older version lacks."""
        for layer in self.layers:
            mean, square, variance = (f'{prefix}{name}_{layer}' for name in ('mean', 'square', 'variance'))
            if mean in state_dict and square in state_dict and variance not in state_dict:
                centred = state_dict[square].double() - state_dict[mean].double().square()
                state_dict[variance] = centred.clamp_min(0).to(state_dict[square])
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


@torch.no_grad()
def moments_of(tokens: Tensor) -> Tensor:
    """Return mean and variance of each channel, ``(2, C)`` in float64, of ``tokens`` ``(B, T, C)``.

    The tokens are shifted by their rounded mean first, so that no digit of the variance is lost.
    """
    tokens = at_least_float32(tokens)
    shift = tokens.mean(dim=(0, 1))
    centred = tokens - shift
    rest = centred.mean(dim=(0, 1), dtype=torch.float64)
    variance = centred.square().mean(dim=(0, 1), dtype=torch.float64) - rest.square()
    return torch.stack([shift.double() + rest, variance.clamp_min(0)])


@torch.no_grad()
def mean_moments(moments: Sequence[Tensor]) -> Tensor:
    """Return mean and variance, ``(2, C)``, of parts of equal size taken together.

    Args:
        moments: Those of each part, from :func:`moments_of`.
    """
    means, variances = torch.stack(list(moments)).unbind(dim=1)
    mean = means.mean(dim=0)
    return torch.stack([mean, (variances + (means - mean).square()).mean(dim=0)])
