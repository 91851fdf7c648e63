"""Features of a frozen backbone, extracted once per weights, preprocessing and split, and shared by all heads."""

from .feature_cache import FeatureCache
from .use_feature_cache import use_feature_cache

__all__ = ['FeatureCache', 'use_feature_cache']
