from .feature_preprocessor import FeaturePreprocessor

__all__ = ['FeaturePreprocessor']
