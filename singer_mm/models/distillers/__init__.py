from .distiller import Distiller
from .feature_distiller import FeatureDistiller
from .features import DistillFeatures
from .generated_features import GeneratedFeatures
from .layer_pairs import pair_layers
from .logits_distiller import LogitsDistiller
from .singer_distiller import SiNGERDistiller
from .task_distiller import TaskDistiller
from .vitkd_distiller import ViTKDDistiller

__all__ = [
    'DistillFeatures',
    'Distiller',
    'FeatureDistiller',
    'GeneratedFeatures',
    'LogitsDistiller',
    'SiNGERDistiller',
    'TaskDistiller',
    'ViTKDDistiller',
    'pair_layers',
]
