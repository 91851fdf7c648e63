"""Depth as a classification into bins, as in the released linear evaluation of SiNGER."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.utils import SampleList
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.micro_batch import mean_count

from .enlarged_logits import enlarged_rows, upsampled_cross_entropy, without_autocast
from .linear_decode_head import LinearDecodeHead

IGNORED = -1
LAYOUTS = ('intervals', 'points')


@MODELS.register_module()
class BinnedDepthHead(LinearDecodeHead):
    """A 1x1 convolution to ``bins`` uniform bins over 0 to ``max_depth``, trained by cross-entropy.

    Bin ``k`` covers ``[k, k + 1) * max_depth / bins``. The prediction is the mean of the bins' centres, weighted by
    ``softmax(logits / temperature)`` of the enlarged logits, hence always inside the range. Pixels without depth (0)
    or beyond ``max_depth`` have no label.

    The released code puts the bins on ``bins`` points instead, both ends of the range among them: a depth belongs to
    the nearest point, and the prediction is a mean of points (``layout='points'``).

    Args:
        in_channels: See :class:`LinearDecodeHead`.
        bins: Number of bins.
        max_depth: Upper end of the range, in metres.
        temperature: That of the softmax at prediction; the released default.
        layout: ``intervals`` or ``points``.
        **kwargs: Those of :class:`LinearDecodeHead`.

    Raises:
        ConfigError: If ``layout`` is unknown.
    """

    centres: Tensor

    def __init__(
        self,
        in_channels: int | Sequence[int],
        bins: int = 256,
        max_depth: float = 10.0,
        temperature: float = 0.03,
        layout: str = 'intervals',
        **kwargs: Any,
    ) -> None:
        if layout not in LAYOUTS:
            raise ConfigError(f'BinnedDepthHead: layout is {layout!r}; allowed: {", ".join(LAYOUTS)}.')
        super().__init__(in_channels, num_classes=bins, **kwargs)
        # What mmseg allocates when it collects the predictions of windows: metres, not bins.
        self.out_channels = 1
        self.max_depth = max_depth
        self.temperature = temperature
        self.layout = layout
        numbers = torch.arange(bins, dtype=torch.float64)
        centres = (numbers + 0.5) * max_depth / bins if layout == 'intervals' else numbers * max_depth / (bins - 1)
        self.register_buffer('centres', centres.float(), persistent=False)

    def bin_labels(self, depth: Tensor) -> Tensor:
        """Return the bin of each depth, ``IGNORED`` where there is none; same shape."""
        bins = len(self.centres)
        if self.layout == 'intervals':
            labels = (depth * (bins / self.max_depth)).long().clamp(max=bins - 1)
        else:
            labels = (depth * ((bins - 1) / self.max_depth)).round().long().clamp(max=bins - 1)
        return labels.where((depth > 0) & (depth <= self.max_depth), IGNORED)

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Return the cross-entropy over pixels with depth, at the resolution of the depth maps."""
        depth = torch.stack([sample.gt_depth_map.data for sample in batch_data_samples]).squeeze(1)
        count = mean_count(self._count_labelled, batch_data_samples)
        return dict(loss_ce=upsampled_cross_entropy(seg_logits, self.bin_labels(depth), IGNORED, count))

    def _count_labelled(self, samples: SampleList) -> Tensor:
        labels = [self.bin_labels(sample.gt_depth_map.data) for sample in samples]
        return torch.stack([(label != IGNORED).sum() for label in labels]).sum()

    def predict(self, inputs: tuple[Tensor, ...], batch_img_metas: list[dict[str, Any]], test_cfg: Any) -> Tensor:
        """Return depth ``(B, 1, H, W)`` in metres, at the size of the input image."""
        height, width = batch_img_metas[0]['img_shape'][:2]
        return torch.stack([self.depth_of(logits, (height, width)) for logits in self(inputs)])

    def depth_of(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Return depth ``(1, H, W)`` of one image's logits ``(bins, h, w)``."""
        with without_autocast(logits):  # bfloat16 would round the centres to 3 digits
            blocks = enlarged_rows(logits.float() / self.temperature, size)
            return torch.cat([block.softmax(dim=-1) @ self.centres for _, block in blocks])[None]
