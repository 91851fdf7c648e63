"""mmseg's datasets with our listing of images."""

from .ade20k import ADE20K
from .nyu_depth import NYUDepth

__all__ = ['ADE20K', 'NYUDepth']
