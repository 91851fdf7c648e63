"""Depth as a classification into bins, as in the released linear evaluation of SiNGER."""

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.structures import SegDataSample
from torch import Tensor

from singer_mm.models.argument_checks import check_choice
from singer_mm.registry import MODELS

from .enlarged_logits import enlarged_rows, without_autocast
from .linear_decode_head import LinearDecodeHead

IGNORED = -1
LAYOUTS = ('intervals', 'points')


@MODELS.register_module()
class BinnedDepthHead(LinearDecodeHead):
    """A 1x1 convolution to ``bins`` uniform bins over 0 to ``max_depth``, trained by cross-entropy.

    Bin ``k`` covers ``[k, k + 1) * max_depth / bins``. The prediction is the mean of the bins' centres, weighted by
    ``softmax(logits / temperature)`` of the enlarged logits, hence always inside the range. Pixels without depth (0)
    or beyond ``max_depth`` have no label.

    The released code (``layout='points'``) uses ``bins`` points instead, including both ends of the range: a depth
    belongs to the nearest point, and the prediction is a mean of points.

    Args:
        in_channels: See :class:`LinearDecodeHead`.
        bins: Number of bins.
        max_depth: Upper end of the range, in metres.
        temperature: Temperature of the softmax at prediction; the default is that of the released code.
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
        check_choice('BinnedDepthHead: layout', layout, LAYOUTS)
        super().__init__(in_channels, num_classes=bins, **{**kwargs, 'ignore_index': IGNORED})
        # mmseg allocates this number of channels for the predictions of windows: metres, not bins.
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

    def labels_of(self, sample: SegDataSample) -> Tensor:
        """Return the bin of each pixel, ``(1, H, W)``; ``IGNORED`` where there is no depth."""
        return self.bin_labels(sample.gt_depth_map.data)

    def predict(self, inputs: tuple[Tensor, ...], batch_img_metas: list[dict[str, Any]], test_cfg: Any) -> Tensor:
        """Return depth ``(B, 1, H, W)`` in metres, at the size of the input image."""
        height, width = batch_img_metas[0]['img_shape'][:2]
        return torch.stack([self.depth_of(logits, (height, width)) for logits in self(inputs)])

    def depth_of(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Return depth ``(1, H, W)`` of one image's logits ``(bins, h, w)``."""
        with without_autocast(logits):  # bfloat16 would round the centres to 3 digits
            blocks = enlarged_rows(logits.float() / self.temperature, size)
            return torch.cat([block.softmax(dim=-1) @ self.centres for _, block in blocks])[None]
