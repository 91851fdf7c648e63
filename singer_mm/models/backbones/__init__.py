from .precomputed_tokens import PrecomputedTokens
from .timm_vit import TimmViT
from .token_backbone import TokenBackbone

__all__ = ['PrecomputedTokens', 'TimmViT', 'TokenBackbone']
