from .linear_projector import LinearProjector
from .masked_generator import MaskedGenerator

__all__ = ['LinearProjector', 'MaskedGenerator']
