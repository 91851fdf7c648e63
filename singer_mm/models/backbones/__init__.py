from .base import TokenBackbone
from .precomputed_tokens import PrecomputedTokens
from .timm_vit import TimmViT

__all__ = ['PrecomputedTokens', 'TimmViT', 'TokenBackbone']
