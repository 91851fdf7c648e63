"""SiNGER (ICLR 2026, arXiv 2509.20986) on OpenMMLab: distil Vision Transformers without their artifacts."""

from .version import __version__

__all__ = ['__version__']
