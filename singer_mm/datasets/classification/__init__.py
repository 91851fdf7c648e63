"""Labelled images that mmpretrain cannot read; needs mmpretrain, so a config imports it by custom_imports."""

from .imagenet_r import ImageNetR
from .imagenet_v2 import ImageNetV2
from .inat2019 import INat2019
from .labelled_folders import LabelledFolders
from .wnid_imagenet import WnidImageNet

__all__ = ['INat2019', 'ImageNetR', 'ImageNetV2', 'LabelledFolders', 'WnidImageNet']
