from .base import TokenBackbone
from .planted_artifacts import PlantedArtifacts
from .precomputed_tokens import PrecomputedTokens
from .timm_vit import TimmViT

__all__ = ['PlantedArtifacts', 'PrecomputedTokens', 'TimmViT', 'TokenBackbone']
