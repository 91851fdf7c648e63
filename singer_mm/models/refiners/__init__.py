from .base import Refiner
from .fixed_scale import FixedScale
from .norm_clip import NormClip
from .nullspace_adapter import NullspaceAdapter
from .singular_repair import SingularRepair
from .test_time_register import TestTimeRegisters

__all__ = ['FixedScale', 'NormClip', 'NullspaceAdapter', 'Refiner', 'SingularRepair', 'TestTimeRegisters']
