"""A feature pyramid from one map of a plain Vision Transformer."""

import math
from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from timm.layers import LayerNorm2d
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

STRIDES = (4, 8, 16, 32)


@MODELS.register_module()
class SimpleFeaturePyramid(BaseModule):
    """ViTDet's simple feature pyramid (https://arxiv.org/abs/2203.16527, section 3), for any patch size.

    Two transposed convolutions, one, none, and a max-pooling bring the last map to 4, 2, 1 and 1/2 times its
    resolution. Each level then passes a 1x1 and a 3x3 convolution, both followed by LayerNorm over the channels.
    Further levels, for the RPN, drop every other cell of the previous one.

    With patches of 16 pixels the levels have strides of 4, 8, 16 and 32 pixels; RPN and RoIAlign need whole numbers.
    With other patches (DINOv2: 14, hence 3.5, 7, 14 and 28) each level is resampled bilinearly to these strides before
    its convolutions. Cell ``i`` of stride ``s`` is centred on pixel ``(i + 0.5) * s`` for every patch size, so anchors,
    boxes and masks need no correction. Levels cover the whole image.

    Args:
        in_channels: Width of the map.
        patch_size: Its stride in pixels.
        out_channels: Width of every level.
        num_outs: Number of levels: four, and those for the RPN.
        init_cfg: MMEngine's initialisation; default: that of the layers, as in ViTDet.

    Raises:
        ConfigError: If ``num_outs`` is less than four.
    """

    def __init__(
        self,
        in_channels: int,
        patch_size: int,
        out_channels: int = 256,
        num_outs: int = 5,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if num_outs < len(STRIDES):
            raise ConfigError(f'num_outs is {num_outs}; allowed: {len(STRIDES)} or more.')
        self.patch_size = patch_size
        self.num_outs = num_outs
        half, quarter = in_channels // 2, in_channels // 4
        self.scalings = nn.ModuleList(
            [
                nn.Sequential(
                    nn.ConvTranspose2d(in_channels, half, 2, stride=2),
                    LayerNorm2d(half),
                    nn.GELU(),
                    nn.ConvTranspose2d(half, quarter, 2, stride=2),
                ),
                nn.ConvTranspose2d(in_channels, half, 2, stride=2),
                nn.Identity(),
                # ViTDet's grids are even; `ceil_mode` keeps the last row of an odd one.
                nn.MaxPool2d(2, stride=2, ceil_mode=True),
            ]
        )
        self.convs = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, out_channels, 1, bias=False),
                LayerNorm2d(out_channels),
                nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
                LayerNorm2d(out_channels),
            )
            for width in (quarter, half, in_channels, in_channels)
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` levels ``(B, out_channels, ceil(h * p / s), ceil(w * p / s))``, ``s`` = 4, 8, 16, ...

        Args:
            inputs: Maps of the backbone; only the last one, ``(B, C, h, w)`` with patches of ``p`` pixels, is read.
        """
        maps = inputs[-1]
        height, width = (side * self.patch_size for side in maps.shape[-2:])
        levels = []
        for stride, scaling, conv in zip(STRIDES, self.scalings, self.convs, strict=True):
            size = math.ceil(height / stride), math.ceil(width / stride)
            # The scalings give strides of p/4, p/2, p and 2p, which are the wanted ones times p/16.
            levels.append(conv(resample(scaling(maps), self.patch_size / 16, size)))
        while len(levels) < self.num_outs:
            levels.append(F.max_pool2d(levels[-1], kernel_size=1, stride=2))
        return tuple(levels)


def resample(maps: Tensor, scale: float, size: tuple[int, int]) -> Tensor:
    """Resample maps ``(B, C, h, w)`` bilinearly, to cells with a distance of exactly ``1 / scale`` old cells.

    ``F.interpolate`` keeps this distance only if it may round the size down. Therefore the border is repeated, and the
    result is cut to ``size``, which is at most ``ceil(h * scale), ceil(w * scale)``.
    """
    if scale != 1:
        margin = math.ceil(1 / scale)
        maps = F.pad(maps, (0, margin, 0, margin), mode='replicate')
        maps = F.interpolate(maps, scale_factor=scale, mode='bilinear', align_corners=False)
    return maps[..., : size[0], : size[1]]
