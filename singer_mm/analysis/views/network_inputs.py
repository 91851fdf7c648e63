"""Images in [0, 1] as networks and distillers take them."""

from torch import Tensor
from torchvision.transforms.v2.functional import resize

from singer_mm.models.distillers import FeatureDistiller


def resize_images(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Return images ``(B, 3, H, W)`` in [0, 1] in another size (rows, columns)."""
    if tuple(batch.shape[-2:]) == size:
        return batch
    return resize(batch, list(size), antialias=True).clamp(0, 1)


def distiller_inputs(distiller: FeatureDistiller, batch: Tensor) -> Tensor:
    """Return images ``(B, 3, H, W)`` in [0, 1] as the data preprocessor of a distiller yields them."""
    pixels = list((255 * batch).round().byte())
    inputs: Tensor = distiller.data_preprocessor({'inputs': pixels, 'data_samples': None}, False)['inputs']
    return inputs
