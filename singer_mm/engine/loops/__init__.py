from .knn_test_loop import KNNTestLoop
from .resumable_epoch_loop import ResumableEpochLoop
from .shared_sums import SharedSums

__all__ = ['KNNTestLoop', 'ResumableEpochLoop', 'SharedSums']
