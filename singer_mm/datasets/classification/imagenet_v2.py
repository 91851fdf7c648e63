"""ImageNet-v2: a new test set for ImageNet's classes."""

from mmpretrain.datasets.categories import IMAGENET_CATEGORIES

from singer_mm.registry import DATASETS

from .labelled_folders import LabelledFolders


@DATASETS.register_module()
class ImageNetV2(LabelledFolders):
    """ImageNet-v2 (Recht et al., 2019), matched frequency: folders ``0`` to ``999``, whose number is the label.

    They sort as strings (0, 1, 10, 100, ...), so their position in the listing is not the label.
    """

    METAINFO = dict(classes=IMAGENET_CATEGORIES)
    LABELS = {str(label): label for label in range(len(IMAGENET_CATEGORIES))}
    ALLOWED_NAMES = 'folders named 0 to 999'
