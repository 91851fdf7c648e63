"""Everything with a ``forward``: teacher and student backbones, refiners, projectors, losses and distillers."""

from .backbones import PrecomputedTokens, TimmViT, TokenBackbone
from .data_preprocessors import FeaturePreprocessor
from .distillers import Distiller, FeatureDistiller, LogitsDistiller, SiNGERDistiller, TaskDistiller, ViTKDDistiller
from .losses import InfoLoss, KDLoss, LogitsLoss, OutlierLoss, TokenMSELoss
from .projectors import LinearProjector, MaskedGenerator
from .refiners import (
    FixedScale,
    NormClip,
    NullspaceAdapter,
    Refiner,
    RuntimeRegisters,
    SingularRepair,
    TestTimeRegisters,
)

__all__ = [
    'Distiller',
    'FeatureDistiller',
    'FeaturePreprocessor',
    'FixedScale',
    'InfoLoss',
    'KDLoss',
    'LinearProjector',
    'LogitsDistiller',
    'LogitsLoss',
    'MaskedGenerator',
    'NormClip',
    'NullspaceAdapter',
    'OutlierLoss',
    'PrecomputedTokens',
    'Refiner',
    'RuntimeRegisters',
    'SiNGERDistiller',
    'SingularRepair',
    'TaskDistiller',
    'TestTimeRegisters',
    'TimmViT',
    'TokenBackbone',
    'TokenMSELoss',
    'ViTKDDistiller',
]
