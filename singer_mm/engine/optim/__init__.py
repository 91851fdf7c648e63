from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .staircase_cosine_lr import StaircaseCosineLR
from .sweep_optim_wrapper_constructor import SweepOptimWrapperConstructor

__all__ = ['BFloat16OptimWrapper', 'StaircaseCosineLR', 'SweepOptimWrapperConstructor']
