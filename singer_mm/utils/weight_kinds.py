"""Whether tensors of a file are weights at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from singer_mm.errors import CheckpointError

WEIGHT_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def check_weights(path: str, source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> None:
    """See that what a file offers under a network's names can be its weights.

    torch copies any type into any other without a word, so that integers, truth values or eight-bit codes would pass.

    Args:
        path: File, for messages.
        source: Tensors of the file.
        target: Those of the network; names that it has not are not looked at.

    Raises:
        CheckpointError: If a tensor is sparse or quantised, of another kind than the network's (floating point or
            integer), or holds NaN or infinity.
    """
    shared = [(name, value) for name, value in source.items() if name in target]
    for name, value in shared:
        if not isinstance(value, Tensor):
            raise CheckpointError(f'{path} holds a {type(value).__name__} at {name!r}, where a tensor belongs.')
        if value.is_quantized or value.layout != torch.strided:
            raise CheckpointError(f'{path} holds a sparse or quantised tensor at {name!r}; save it as a dense one.')
        if target[name].is_floating_point() and value.dtype not in WEIGHT_TYPES:
            allowed = ', '.join(str(kind).removeprefix('torch.') for kind in WEIGHT_TYPES)
            raise CheckpointError(
                f'{path} holds {str(value.dtype).removeprefix("torch.")} at {name!r}; allowed for weights: {allowed}.'
            )
        if not target[name].is_floating_point() and value.is_floating_point():
            raise CheckpointError(
                f'{path} holds {str(value.dtype).removeprefix("torch.")} at {name!r}, where the network has '
                f'{str(target[name].dtype).removeprefix("torch.")}.'
            )
    broken = non_finite(shared)
    if broken is not None:
        raise CheckpointError(f'{path} holds NaN or infinity at {broken!r}; use a file from before that happened.')


@torch.no_grad()
def non_finite(named: Iterable[tuple[str, Tensor]]) -> str | None:
    """Return the name of the first floating-point tensor that holds NaN or infinity, if any does."""
    floating = [(name, value) for name, value in named if value.is_floating_point()]
    if not floating:
        return None
    finite = torch.stack([value.isfinite().all().cpu() for _, value in floating])
    return None if bool(finite.all()) else floating[int((~finite).nonzero()[0])][0]
