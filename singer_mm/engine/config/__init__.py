"""From a config to one that fits its backbone, the place of its data and the number of processes."""

from .backbone_reference import resolve_backbone
from .batch_plan import BatchPlan
from .config_check import check_config
from .data_folder import use_data
from .prepare_config import prepare_config
from .value_check import check_values

__all__ = ['BatchPlan', 'check_config', 'check_values', 'prepare_config', 'resolve_backbone', 'use_data']
