from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .sweep_constructor import SweepOptimWrapperConstructor

__all__ = ['BFloat16OptimWrapper', 'SweepOptimWrapperConstructor']
