"""ImageNet-R: renditions of 200 of ImageNet's classes."""

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.registry import DATASETS

from .wnid_imagenet import WnidImageNet


@DATASETS.register_module()
class ImageNetR(WnidImageNet):
    """The 30,000 images of ImageNet-R (Hendrycks et al., 2021) with ImageNet-1K's labels, by WordNet id.

    The released archive has a ``README.txt`` beside its 200 folders.
    """

    LABELS = {imagenet_wnids()[label]: label for label in imagenet_r_indices()}
    ALLOWED_NAMES = 'folders named by the 200 WordNet ids of ImageNet-R, such as n01443537'
