"""Everything with a ``forward``: teacher and student backbones, refiners, projectors, losses and distillers."""

from .backbones import TimmViT, TokenBackbone
from .distillers import FeatureDistiller, SiNGERDistiller
from .losses import InfoLoss, KDLoss, OutlierLoss
from .projectors import LinearProjector
from .refiners import NullspaceAdapter

__all__ = [
    'FeatureDistiller',
    'InfoLoss',
    'KDLoss',
    'LinearProjector',
    'NullspaceAdapter',
    'OutlierLoss',
    'SiNGERDistiller',
    'TimmViT',
    'TokenBackbone',
]
