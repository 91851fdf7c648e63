from .linear_projector import LinearProjector

__all__ = ['LinearProjector']
