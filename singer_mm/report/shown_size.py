"""At which size the networks of a run are looked at."""

from __future__ import annotations

from mmengine.config import Config

from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers.distiller import Distiller

from .trained_run import training_size


def shown_size(config: Config, distiller: Distiller) -> int:
    """Return twice the training size where both networks take any size, else the training size.

    Twice as many patches along a side show better where the outliers lie.

    Raises:
        ConfigError: If the training pipeline of ``config`` sets no size.
    """
    size = training_size(config)
    return 2 * size if takes_any_size(distiller.teacher) and takes_any_size(distiller.student) else size


def takes_any_size(network: TokenBackbone) -> bool:
    """Whether a backbone resamples its position embedding to its input; of timm's it is known."""
    return bool(getattr(getattr(network, 'vit', None), 'dynamic_img_size', False))
