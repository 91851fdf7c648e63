"""From an image file to an array, as stored: for labels of pixels."""

from singer_mm.datasets.image_reading import read_stored_rgb
from singer_mm.registry import TRANSFORMS

from .load_upright_image import LoadUprightImage


@TRANSFORMS.register_module()
class LoadStoredImage(LoadUprightImage):
    """Replace mmcv's ``LoadImageFromFile`` for segmentation, depth and detection.

    It differs from :class:`LoadUprightImage` in one point: an EXIF orientation is not applied, since masks, depth and
    boxes were made on the pixels as stored and have no such tag.
    """

    read = staticmethod(read_stored_rgb)
