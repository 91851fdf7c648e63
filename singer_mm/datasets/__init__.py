"""Datasets of images without labels, for distillation; labelled datasets come from the mm libraries."""

from .batched_collate import batched_collate
from .cached_features import CachedFeatures
from .hold_out import HoldOut
from .samplers import ResumableSampler
from .seeded_dataset import SeededDataset
from .transforms import LoadRGBImage, LoadStoredImage, LoadUprightImage, PackImage, TorchvisionTransform
from .unlabelled_images import UnlabelledImages

__all__ = [
    'CachedFeatures',
    'HoldOut',
    'LoadRGBImage',
    'LoadStoredImage',
    'LoadUprightImage',
    'PackImage',
    'ResumableSampler',
    'SeededDataset',
    'TorchvisionTransform',
    'UnlabelledImages',
    'batched_collate',
]
