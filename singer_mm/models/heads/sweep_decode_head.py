"""Many linear dense heads over one backbone, for mmseg."""

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from mmseg.utils import SampleList
from torch import Tensor

from singer_mm.registry import MODELS

from .sweep import SweepMixin, candidate_name


@MODELS.register_module()
class SweepDecodeHead(SweepMixin, BaseModule):
    """One decode head for each learning rate and each number of last blocks.

    The backbone must return the maps of the last ``max(blocks)`` blocks.

    Args:
        head: Config of one candidate, without ``in_channels`` and ``in_index``.
        in_channels: Width of one block's map.
        learning_rates: The rates to try.
        blocks: Numbers of last blocks to try; a candidate concatenates their maps.
    """

    def __init__(
        self,
        head: dict[str, Any],
        in_channels: int,
        learning_rates: Sequence[float],
        blocks: Sequence[int] = (1, 4),
    ) -> None:
        super().__init__()
        heads, rates, settings = {}, {}, {}
        for count in blocks:
            for rate in learning_rates:
                name = candidate_name(rate, blocks=count)
                channels, index = [in_channels] * count, list(range(-count, 0))
                heads[name] = MODELS.build(dict(head, in_channels=channels, in_index=index))
                rates[name], settings[name] = rate, dict(blocks=count)
        self.set_candidates(heads, rates, settings)
        # Attributes that mmseg's segmentors read from their head; the same for all candidates.
        self.align_corners: bool = heads[name].align_corners
        self.num_classes: int = heads[name].num_classes
        self.out_channels: int = heads[name].out_channels

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return what the chosen head does."""
        return self.chosen_head(inputs)

    def loss(self, inputs: tuple[Tensor, ...], batch_data_samples: SampleList, train_cfg: Any) -> dict[str, Tensor]:
        """Return the sum of all candidates' losses."""
        return self.sum_losses(
            {name: head.loss(inputs, batch_data_samples, train_cfg) for name, head in self.heads.items()}
        )

    def predict(self, inputs: tuple[Tensor, ...], batch_img_metas: list[dict[str, Any]], test_cfg: Any) -> Tensor:
        """Return the prediction of the chosen head."""
        return self.chosen_head.predict(inputs, batch_img_metas, test_cfg)
