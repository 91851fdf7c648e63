from .best_epoch_hook import BestEpochHook
from .broken_image_hook import BrokenImageHook
from .data_order_hook import DataOrderHook
from .export_backbone_hook import ExportBackboneHook
from .feature_map_hook import FeatureMapHook
from .finite_state_hook import FiniteStateHook
from .frozen_backbone_hook import FrozenBackboneHook
from .interim_checkpoint_hook import InterimCheckpointHook
from .progress_file_hook import ProgressFileHook
from .singer_hook import SiNGERHook
from .sweep_hook import SweepHook

__all__ = [
    'BestEpochHook',
    'BrokenImageHook',
    'DataOrderHook',
    'ExportBackboneHook',
    'FeatureMapHook',
    'FiniteStateHook',
    'FrozenBackboneHook',
    'InterimCheckpointHook',
    'ProgressFileHook',
    'SiNGERHook',
    'SweepHook',
]
