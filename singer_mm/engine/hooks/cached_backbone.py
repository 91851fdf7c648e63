"""A backbone that computes its outputs of a batch once, however many heads predict from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


class CachedBackbone(nn.Module):
    """Stand in for a backbone: after :meth:`rewind`, the same calls get the same outputs again.

    A model may call its backbone several times for a batch (sliding windows); every head does so in the same order.
    All other attributes are those of the backbone.
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.training = backbone.training
        self.cached = backbone
        self._outputs: list[Any] = []
        self._position = 0

    def __getattr__(self, name: str) -> Any:
        # torch keeps submodules outside of the attributes that Python finds by itself.
        cached = super().__getattr__('cached')
        return cached if name == 'cached' else getattr(cached, name)

    def rewind(self) -> None:
        """Return the stored outputs again from now on, from the first one."""
        self._position = 0

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the output of this call, computed only if it is not stored."""
        if self._position == len(self._outputs):
            self._outputs.append(self.cached(*args, **kwargs))
        self._position += 1
        return self._outputs[self._position - 1]


@contextmanager
def cached_backbone(model: Any) -> Iterator[CachedBackbone]:
    """Put a :class:`CachedBackbone` into ``model.backbone`` inside, and the backbone itself back afterwards."""
    backbone = model.backbone
    model.backbone = CachedBackbone(backbone)
    try:
        yield model.backbone
    finally:
        model.backbone = backbone
