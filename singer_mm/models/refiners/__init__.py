from .fixed_scale import FixedScale
from .norm_clip import NormClip
from .nullspace_adapter import NullspaceAdapter
from .refiner import Refiner
from .runtime_registers import RuntimeRegisters
from .singular_repair import SingularRepair

TestTimeRegisters = RuntimeRegisters  # the earlier name

__all__ = ['FixedScale', 'NormClip', 'NullspaceAdapter', 'Refiner', 'RuntimeRegisters', 'SingularRepair']
