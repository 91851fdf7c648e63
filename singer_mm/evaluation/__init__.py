"""Metrics that the libraries lack."""

from .metrics import ImageNetRAccuracy, MeanPerClassAccuracy, PredictionRecorder, TopOneAccuracy

__all__ = ['ImageNetRAccuracy', 'MeanPerClassAccuracy', 'PredictionRecorder', 'TopOneAccuracy']
