from .best_epoch_hook import BestEpochHook
from .broken_image_hook import BrokenImageHook
from .data_order_hook import DataOrderHook
from .diagnostics_hook import DiagnosticsHook
from .export_backbone_hook import ExportBackboneHook
from .export_student_hook import ExportStudentHook
from .feature_map_hook import FeatureMapHook
from .finite_loss_hook import FiniteLossHook
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
    'DiagnosticsHook',
    'ExportBackboneHook',
    'ExportStudentHook',
    'FeatureMapHook',
    'FiniteLossHook',
    'FiniteStateHook',
    'FrozenBackboneHook',
    'InterimCheckpointHook',
    'ProgressFileHook',
    'SiNGERHook',
    'SweepHook',
]
