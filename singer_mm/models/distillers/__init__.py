from .feature_distiller import FeatureDistiller
from .features import DistillFeatures
from .layer_pairs import pair_layers
from .singer_distiller import SiNGERDistiller

__all__ = ['DistillFeatures', 'FeatureDistiller', 'SiNGERDistiller', 'pair_layers']
