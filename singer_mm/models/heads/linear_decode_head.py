"""A linear classifier of patches, enlarged to pixels."""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import build_norm_layer
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor, nn

from singer_mm.registry import MODELS
from singer_mm.utils.micro_batch import mean_count

from .enlarged_logits import upsampled_cross_entropy


@MODELS.register_module()
class LinearDecodeHead(BaseDecodeHead):
    """Dropout, an optional norm and a 1x1 convolution on the patch map; logits are enlarged bilinearly.

    The released SiNGER code enlarges the features and then convolves; a 1x1 convolution and a bilinear enlargement
    commute, so convolving first gives the same logits for 1/196 of the cost. With dropout and ``SyncBN`` this is the
    linear head of DINOv3's segmentation evaluation.

    Args:
        in_channels: Width of the map; a list for several maps.
        num_classes: Number of classes.
        in_index: Output of the backbone; several are concatenated.
        norm_cfg: Norm before the convolution, none by default.
        dropout_ratio: Share of channels dropped.
        **kwargs: Those of mmseg's ``BaseDecodeHead``. The loss is always the cross-entropy averaged over the labelled
            pixels of the total batch.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        num_classes: int,
        in_index: int | Sequence[int] = -1,
        norm_cfg: dict[str, Any] | None = None,
        dropout_ratio: float = 0.0,
        **kwargs: Any,
    ) -> None:
        single = isinstance(in_channels, int)
        channels = in_channels if isinstance(in_channels, int) else sum(in_channels)
        super().__init__(
            in_channels,
            channels,
            num_classes=num_classes,
            in_index=in_index,
            input_transform=None if single else 'resize_concat',
            dropout_ratio=dropout_ratio,
            norm_cfg=norm_cfg,
            # mmseg always builds a loss; this one describes what `loss_by_feat` computes.
            **{'loss_decode': dict(type='CrossEntropyLoss', avg_non_ignore=True), **kwargs},
        )
        self.norm = nn.Identity() if norm_cfg is None else build_norm_layer(norm_cfg, channels)[1]

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return logits ``(B, K, h, w)``, one for each patch."""
        maps = self._transform_inputs(inputs)
        if self.dropout is not None:
            maps = self.dropout(maps)
        return self.conv_seg(self.norm(maps))

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Return the cross-entropy at the resolution of the labels."""
        labels = torch.stack([self.labels_of(sample) for sample in batch_data_samples]).squeeze(1)
        count = mean_count(self._count_labelled, batch_data_samples)
        return dict(loss_ce=upsampled_cross_entropy(seg_logits, labels, self.ignore_index, count))

    def labels_of(self, sample: SegDataSample) -> Tensor:
        """Return the label of each pixel, ``(1, H, W)``; ``ignore_index`` where there is none."""
        return sample.gt_sem_seg.data

    def _count_labelled(self, samples: SampleList) -> Tensor:
        return torch.stack([(self.labels_of(sample) != self.ignore_index).sum() for sample in samples]).sum()
