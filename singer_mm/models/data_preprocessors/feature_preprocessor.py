"""Batches of cached features instead of images."""

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS


@MODELS.register_module()
class FeaturePreprocessor(BaseDataPreprocessor):
    """Bring a batch of :class:`CachedFeatures` to the device, as float32; there is nothing to normalise or to pad.

    Args:
        batch_augments: mmpretrain 1.2 passes this to every preprocessor of a classifier; features cannot be mixed.

    Raises:
        ConfigError: If augmentation of batches is asked for.
    """

    def __init__(self, batch_augments: Any = None) -> None:
        super().__init__()
        if batch_augments and batch_augments.get('augments'):
            raise ConfigError('cached features cannot be mixed; remove model.train_cfg.augments, or use --no-cache.')

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return ``inputs`` ``(B, L, T, C)`` and ``data_samples`` on the model's device.

        Args:
            data: ``inputs``, a tensor or a list of tensors, and ``data_samples``.
            training: Part of the interface; not used.
        """
        inputs = data['inputs']
        if not isinstance(inputs, torch.Tensor):
            inputs = torch.stack(list(inputs))
        # Features are stored in half precision, but heads compute in float32.
        return {'inputs': self.cast_data(inputs).float(), 'data_samples': self.cast_data(data['data_samples'])}
