"""Tensors inside a network, read while it runs."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar

from torch import Tensor, nn

K = TypeVar('K', bound=Hashable)


@contextmanager
def recorded_tensors(places: Mapping[K, tuple[nn.Module, str]]) -> Iterator[dict[K, Tensor]]:
    """Yield a dict that a forward pass inside the block fills: the key of each place to its last tensor.

    Args:
        places: Key to a module and ``input`` (its first argument) or ``output``.
    """
    tensors: dict[K, Tensor] = {}

    def keep(key: K, end: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        tensors[key] = inputs[0] if end == 'input' else output

    with ExitStack() as hooks:
        for key, (module, end) in places.items():
            hooks.enter_context(module.register_forward_hook(partial(keep, key, end)))
        yield tensors
