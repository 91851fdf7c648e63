"""What the last block looks like, for the report."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import DATASETS, MODELS, init_default_scope
from torch import Tensor

from singer_mm.analysis.views.feature_maps import last_block_map
from singer_mm.engine.config.backbone_reference import build_backbone
from singer_mm.utils.array_file import write_arrays

IMAGES = 4


@torch.inference_mode()
def save_feature_maps(cfg: Config, path: Path) -> None:
    """Write the last block's patch tokens of a few test images, before the final norm.

    The file holds ``image`` ``(n, H, W, 3)`` uint8, RGB, as the network sees them; ``norms`` ``(n, h, w)``; and
    ``features`` ``(n, h, w, C)``, float16.

    Args:
        cfg: A resolved downstream config whose test images have one size.
        path: File to write.
    """
    init_default_scope(cfg.default_scope)
    device = get_device()
    backbone = build_backbone(cfg.model.backbone).freeze().to(device)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    preprocessor = MODELS.build(cfg.model.get('data_preprocessor') or cfg.data_preprocessor).to(device)
    places = np.linspace(0, len(dataset) - 1, IMAGES).astype(int)
    inputs = preprocessor(pseudo_collate([dataset[int(place)] for place in places]), False)['inputs']
    inputs = whole_patches(inputs, backbone.patch_size)
    maps = last_block_map(backbone, inputs)
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in backbone.normalization)
    images = ((inputs * std + mean).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1)
    arrays = dict(image=images, norms=maps.norm(dim=-1), features=maps.half())
    write_arrays(path, {name: values.cpu().numpy() for name, values in arrays.items()})


def whole_patches(images: Tensor, patch_size: int) -> Tensor:
    """Return images ``(..., H, W)`` without what exceeds a multiple of the patch size at the right and lower edges.

    Of patches of 14 px, that is; the segmentors of our configs fill such images up instead.
    """
    rows, columns = (size // patch_size * patch_size for size in images.shape[-2:])
    return images[..., :rows, :columns]
