"""Check that tensors can be weights: floating-point, dense and finite."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from singer_mm.errors import CheckpointError

WEIGHT_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def check_weights(
    path: str,
    source: Mapping[str, Tensor],
    target: Mapping[str, Tensor],
    spare: Callable[[Sequence[str]], tuple[str, ...]] = lambda broken: (),
) -> None:
    """Check that the tensors of a file can be the weights of a network.

    torch copies any type into any other, so that integers, booleans or eight-bit codes would be accepted.

    Args:
        path: File, for messages.
        source: Tensors of the file.
        target: Tensors of the network; other names of the file are not checked.
        spare: Takes the names of all tensors with NaN or infinity, and returns the prefixes of those that are allowed.

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
    broken = [name for name in broken if not name.startswith(spare(broken))]
    if broken:
        raise CheckpointError(f'{path} holds NaN or infinity at {broken[0]!r}; use a file from before that happened.')


def non_finite(named: Iterable[tuple[str, Tensor]]) -> list[str]:
    """Return the names of the floating-point tensors that hold NaN or infinity."""
    floating = [(name, value) for name, value in named if value.is_floating_point()]
    finite = are_finite([value for _, value in floating])
    return [name for (name, _), is_finite in zip(floating, finite, strict=True) if not is_finite]


@torch.no_grad()
def are_finite(values: Sequence[Tensor]) -> list[bool]:
    """Return for each floating-point tensor whether it holds neither NaN nor infinity."""
    by_device: dict[torch.device, list[int]] = {}
    for index, value in enumerate(values):
        by_device.setdefault(value.device, []).append(index)
    finite = [True] * len(values)
    for indices in by_device.values():
        # One fused operation, ten times as fast as a check of each value; NaN and infinity remain in sums of squares.
        norms = torch._foreach_norm([values[index].detach() for index in indices])
        passed = torch.stack([norm.float() for norm in norms]).isfinite().tolist()
        for index, is_finite in zip(indices, passed, strict=True):
            # The sum of squares of finite values may be infinite.
            finite[index] = is_finite or bool(values[index].isfinite().all())
    return finite
