"""Batches of datasets that can fetch a whole batch, and of those that cannot."""

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import pseudo_collate

from singer_mm.registry import FUNCTIONS


@FUNCTIONS.register_module()
def batched_collate(batch: Any) -> Any:
    """Return a batch unchanged, and collate a list of samples like MMEngine."""
    return batch if isinstance(batch, dict) else pseudo_collate(batch)


def fetch_batch(dataset: Any, indices: Sequence[Any]) -> Any:
    """Return a whole batch if ``dataset`` can fetch one (:class:`CachedFeatures`), else a list of samples."""
    if hasattr(dataset, '__getitems__'):
        return dataset.__getitems__(indices)
    return [dataset[index] for index in indices]
