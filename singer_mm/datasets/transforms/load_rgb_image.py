"""From an image file to 8-bit RGB."""

from typing import Any

from singer_mm.datasets.image_reading import read_upright_rgb
from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBImage:
    """Read ``results['img_path']`` into ``results['img']``, a PIL image in 8-bit RGB, upright.

    See :func:`~singer_mm.datasets.image_reading.read_upright_rgb`; :class:`LoadUprightImage` has the same pixels as an
    array, for the pipelines of mmpretrain.

    Raises:
        DataError: If the file is missing, unreadable, truncated or of a kind without a defined range.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        results['img'] = read_upright_rgb(results['img_path'])
        return results
