from .broken_image_hook import BrokenImageHook
from .singer_hook import SiNGERHook

__all__ = ['BrokenImageHook', 'SiNGERHook']
