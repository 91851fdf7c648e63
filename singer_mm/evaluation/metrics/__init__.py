"""Metrics that need only MMEngine; a config imports the others by ``custom_imports``."""

from .imagenet_r_accuracy import ImageNetRAccuracy
from .mean_per_class_accuracy import MeanPerClassAccuracy
from .prediction_recorder import PredictionRecorder
from .top_one_accuracy import TopOneAccuracy

__all__ = ['ImageNetRAccuracy', 'MeanPerClassAccuracy', 'PredictionRecorder', 'TopOneAccuracy']
