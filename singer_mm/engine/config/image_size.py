"""The image size for training, and for pictures of the networks."""

from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers.distiller import Distiller

from .dataloaders import leaf_datasets


def training_set(config: Config) -> Any:
    """Return the config of the dataset that a config trains on, inside its wrappers."""
    return next(leaf_datasets(config.train_dataloader.dataset))


def training_size(config: Config) -> int:
    """Return the side of the training crops: that of the last transform that sets a size.

    Raises:
        ConfigError: If no transform does.
    """
    pipeline: Iterable[Mapping[str, Any]] = training_set(config).pipeline
    sizes = [step['size'] for step in pipeline if 'size' in step]
    if not sizes:
        raise ConfigError(
            'no transform of the training pipeline has a size; give the size of the pictures with --size.'
        )
    return sizes[-1] if isinstance(sizes[-1], int) else sizes[-1][0]


def shown_size(config: Config, distiller: Distiller) -> int:
    """Return twice the training size if both networks take any size, else the training size.

    Twice as many patches along a side show the places of outliers better.

    Raises:
        ConfigError: If the training pipeline of ``config`` sets no size.
    """
    size = training_size(config)
    return 2 * size if takes_any_size(distiller.teacher) and takes_any_size(distiller.student) else size


def takes_any_size(network: TokenBackbone) -> bool:
    """Return whether a backbone is timm's, and resamples its position embedding to its input."""
    return bool(getattr(getattr(network, 'vit', None), 'dynamic_img_size', False))
