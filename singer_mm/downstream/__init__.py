"""From a downstream config to one that fits a backbone and a place where the data lie."""

from .backbone_reference import resolve_backbone
from .command_line import add_downstream_arguments, prepare_downstream
from .data_root import use_data

__all__ = ['add_downstream_arguments', 'prepare_downstream', 'resolve_backbone', 'use_data']
