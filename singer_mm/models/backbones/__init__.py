from .base import TokenBackbone
from .timm_vit import TimmViT

__all__ = ['TimmViT', 'TokenBackbone']
