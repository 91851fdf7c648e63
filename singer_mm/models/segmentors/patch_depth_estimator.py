"""mmseg's depth model for a ViT."""

from mmseg.models.segmentors import DepthEstimator

from singer_mm.registry import MODELS

from .pad_to_patch import PadToPatchMixin


@MODELS.register_module()
class PatchDepthEstimator(PadToPatchMixin, DepthEstimator):
    """``DepthEstimator`` whose windows are padded to whole patches."""
