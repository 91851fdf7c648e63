from .broken_image_hook import BrokenImageHook
from .export_backbone_hook import ExportBackboneHook
from .feature_map_hook import FeatureMapHook
from .frozen_backbone_hook import FrozenBackboneHook
from .progress_file_hook import ProgressFileHook
from .singer_hook import SiNGERHook
from .sweep_hook import SweepHook

__all__ = [
    'BrokenImageHook',
    'ExportBackboneHook',
    'FeatureMapHook',
    'FrozenBackboneHook',
    'ProgressFileHook',
    'SiNGERHook',
    'SweepHook',
]
