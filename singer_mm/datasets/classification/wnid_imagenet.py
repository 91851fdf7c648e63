"""ImageNet-1K, or a subset of its classes."""

from mmpretrain.datasets.categories import IMAGENET_CATEGORIES

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.registry import DATASETS

from .labelled_folders import LabelledFolders


@DATASETS.register_module()
class WnidImageNet(LabelledFolders):
    """ImageNet-1K in folders named by WordNet id (``n01440764``).

    The label is the position of the id in the canonical list of 1,000, whichever of the folders exist: a head of 1,000
    classes fits a subset as well.
    """

    METAINFO = dict(classes=IMAGENET_CATEGORIES)
    LABELS = {wnid: label for label, wnid in enumerate(imagenet_wnids())}
    ALLOWED_NAMES = 'folders named by the WordNet ids of ImageNet-1K, such as n01440764'
