"""Everything with a ``forward``: teacher and student backbones, refiners, projectors, losses and distillers."""

from .backbones import PrecomputedTokens, TimmViT, TokenBackbone
from .data_preprocessors import FeaturePreprocessor
from .distillers import FeatureDistiller, SiNGERDistiller
from .losses import InfoLoss, KDLoss, OutlierLoss
from .projectors import LinearProjector
from .refiners import NullspaceAdapter

__all__ = [
    'FeatureDistiller',
    'FeaturePreprocessor',
    'InfoLoss',
    'KDLoss',
    'LinearProjector',
    'NullspaceAdapter',
    'OutlierLoss',
    'PrecomputedTokens',
    'SiNGERDistiller',
    'TimmViT',
    'TokenBackbone',
]
