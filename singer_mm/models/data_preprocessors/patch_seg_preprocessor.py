"""Batches of one size for segmentors and depth estimators on a Vision Transformer."""

from collections.abc import Sequence
from typing import Any

from mmseg.models import SegDataPreProcessor

from singer_mm.registry import MODELS


@MODELS.register_module()
class PatchSegDataPreProcessor(SegDataPreProcessor):
    """mmseg's preprocessor, which pads every training image to ``size``, rounded up to whole patches.

    mmseg can pad to a fixed size, as here, or to the largest image of the batch (``size_divisor``). The latter depends
    on the other images of the batch, so a result would depend on the number of processes.

    Args:
        size: Height and width of the training crops.
        patch_size: Side of a patch.
        **kwargs: Those of mmseg's ``SegDataPreProcessor``.
    """

    def __init__(self, size: Sequence[int], patch_size: int, **kwargs: Any) -> None:
        super().__init__(size=tuple(-(-side // patch_size) * patch_size for side in size), **kwargs)
