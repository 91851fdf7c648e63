"""Distillation needs images only; labelled datasets come from the mm libraries."""

from .samplers import ResumableSampler
from .transforms import LoadRGBImage, PackImage, TorchvisionTransform
from .unlabelled_images import UnlabelledImages

__all__ = ['LoadRGBImage', 'PackImage', 'ResumableSampler', 'TorchvisionTransform', 'UnlabelledImages']
