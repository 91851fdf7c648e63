"""Linear evaluation over a grid of learning rates and features, in one training."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
from mmengine.model import BaseModule
from mmpretrain.models import LinearClsHead
from mmpretrain.structures import DataSample
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

from .sweep import SweepMixin, candidate_name


@MODELS.register_module()
class SweepClsHead(SweepMixin, BaseModule):
    """Linear classifiers, one for each combination of learning rate, number of blocks and pooling.

    A classifier sees the CLS tokens of the last ``blocks`` blocks, concatenated, and with ``avgpool`` also the mean
    patch of the last block; weights start from N(0, 0.01), biases from 0, as in DINOv2's ``linear.py``.

    The backbone must return ``out_type='cls_and_avg'`` (B, 2, C), CLS token and mean patch, for each block, after the
    final norm.

    Args:
        num_classes: Number of classes.
        in_channels: Width ``C`` of a token.
        learning_rates: Rates to try, for a batch of 256 where the config scales them.
        blocks: How many of the last blocks to try.
        avgpool: Whether to append the mean patch; values to try.
        loss: Loss of every classifier.

    Raises:
        ConfigError: If a number of blocks is less than 1.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        learning_rates: Sequence[float],
        blocks: Sequence[int] = (1, 4),
        avgpool: Sequence[bool] = (False, True),
        loss: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if min(blocks) < 1:
            raise ConfigError(f'SweepClsHead: blocks is {tuple(blocks)}; the least number of blocks is 1.')
        heads, rates, settings = {}, {}, {}
        for number, pooled, rate in product(blocks, avgpool, learning_rates):
            setting = dict(blocks=number, avgpool=pooled)
            name = candidate_name(rate, **setting)
            heads[name] = LinearClsHead(
                num_classes,
                in_channels * (number + pooled),
                loss=loss or dict(type='CrossEntropyLoss'),
                init_cfg=dict(type='Normal', layer='Linear', std=0.01),
            )
            rates[name], settings[name] = rate, setting
        self.set_candidates(heads, rates, settings)

    def loss(self, feats: Sequence[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the sum of the classifiers' losses; ``feats``: one tensor for each block, the last one last."""
        # One input for each of the few settings, not for each of the heads.
        inputs = {key: self._input(feats, *key) for key in {_key(setting) for setting in self.settings.values()}}
        return self.sum_losses(
            {name: head.loss((inputs[_key(self.settings[name])],), data_samples) for name, head in self.heads.items()}
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the logits (B, classes) of the chosen classifier."""
        return self.chosen_head((self._input(feats, *_key(self.settings[self.chosen_name])),))

    def predict(self, feats: Sequence[Tensor], data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Predict with the chosen classifier."""
        feature = self._input(feats, *_key(self.settings[self.chosen_name]))
        predictions: list[DataSample] = self.chosen_head.predict((feature,), data_samples)
        return predictions

    @staticmethod
    def _input(feats: Sequence[Tensor], blocks: int, avgpool: bool) -> Tensor:
        if len(feats) < blocks:
            raise ConfigError(
                f'the sweep tries the last {blocks} blocks, but the backbone returns {len(feats)}; set '
                f'model.backbone.out_indices to {list(range(-blocks, 0))}.'
            )
        parts = [feature[:, 0] for feature in feats[-blocks:]]
        if avgpool:
            parts.append(feats[-1][:, 1])
        return torch.cat(parts, dim=1)


def _key(setting: dict[str, Any]) -> tuple[int, bool]:
    return setting['blocks'], setting['avgpool']
