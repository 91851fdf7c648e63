from .distiller import Distiller
from .feature_distiller import FeatureDistiller
from .logits_distiller import LogitsDistiller
from .singer_distiller import SiNGERDistiller
from .task_distiller import TaskDistiller
from .vitkd_distiller import ViTKDDistiller

__all__ = ['Distiller', 'FeatureDistiller', 'LogitsDistiller', 'SiNGERDistiller', 'TaskDistiller', 'ViTKDDistiller']
