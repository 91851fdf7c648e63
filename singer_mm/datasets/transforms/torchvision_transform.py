"""Any torchvision transform as a pipeline step."""

from typing import Any

from torchvision.transforms import v2

from singer_mm.errors import ConfigError
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TorchvisionTransform:
    """Apply ``torchvision.transforms.v2.<name>`` to ``results['img']``.

    Args:
        name: Class name, such as ``RandomResizedCrop``.
        **kwargs: Its arguments; ``interpolation`` by name (``bicubic``).

    Raises:
        ConfigError: If torchvision has no such transform, or the transform no such argument.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        transform = getattr(v2, name, None)
        if not (isinstance(transform, type) and issubclass(transform, v2.Transform)):
            raise ConfigError(f'torchvision.transforms.v2 has no transform {name!r}; see its documentation for names.')
        if 'interpolation' in kwargs:
            kwargs['interpolation'] = v2.InterpolationMode(kwargs['interpolation'])
        try:
            self.transform = transform(**kwargs)
        except TypeError as error:
            raise ConfigError(f'torchvision.transforms.v2.{name}: {error}.') from error

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        results['img'] = self.transform(results['img'])
        return results

    def __repr__(self) -> str:
        return repr(self.transform)
