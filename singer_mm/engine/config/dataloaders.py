"""The data loaders of a config, and the datasets inside them."""

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config, ConfigDict

from .nested_values import nested_values


def dataloaders(cfg: Config) -> Iterator[tuple[str, ConfigDict]]:
    """Yield every config of a data loader with the name of its key, at any depth."""
    for path, value in nested_values(dict(cfg.items())):
        key = path.rpartition('.')[2]
        if isinstance(value, dict) and 'dataset' in value and key.endswith('dataloader'):
            yield key, value


def leaf_datasets(dataset: Any) -> Iterator[Any]:
    """Yield the configs of the datasets that read files, inside all wrappers."""
    if not isinstance(dataset, dict):
        return
    inner = [*dataset.get('datasets', ()), *([dataset['dataset']] if 'dataset' in dataset else [])]
    if not inner:
        yield dataset
    for child in inner:
        yield from leaf_datasets(child)
