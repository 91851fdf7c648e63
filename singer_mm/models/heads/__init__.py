"""Heads that mmpretrain and mmseg lack; their modules need these libraries, so a config's custom_imports names them."""

from .sweep import SweepMixin

__all__ = ['SweepMixin']
