"""The last step of a distillation pipeline."""

from typing import Any

from mmengine.structures import BaseDataElement
from torchvision.transforms.v2 import functional as F

from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackImage:
    """Turn ``results`` into the input of a distiller.

    ``inputs`` is the image, RGB, uint8 ``(3, H, W)``: workers transfer a quarter of the bytes of float32, and the data
    preprocessor normalises it. ``data_samples`` names the file, for messages.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        metainfo = dict(img_path=results['img_path'], skipped_images=results.get('skipped_images', []))
        return dict(inputs=F.pil_to_tensor(results['img']), data_samples=BaseDataElement(metainfo=metainfo))
