"""mmseg's segmentation model for a ViT."""

from mmseg.models.segmentors import EncoderDecoder

from singer_mm.registry import MODELS

from .pad_to_patch import PadToPatchMixin


@MODELS.register_module()
class PatchEncoderDecoder(PadToPatchMixin, EncoderDecoder):
    """``EncoderDecoder`` whose windows are padded to whole patches."""
