from .base import Refiner
from .nullspace_adapter import NullspaceAdapter

__all__ = ['NullspaceAdapter', 'Refiner']
