from .knn_test_loop import KNNTestLoop
from .resumable_epoch_loop import ResumableEpochLoop

__all__ = ['KNNTestLoop', 'ResumableEpochLoop']
