"""mmseg's datasets, with the images that every other reader of ours finds in their folders."""

from .ade20k import ADE20K
from .nyu_depth import NYUDepth

__all__ = ['ADE20K', 'NYUDepth']
