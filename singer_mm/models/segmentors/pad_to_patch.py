"""Windows of any size for a ViT."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PadToPatchMixin(nn.Module):
    """Lets an mmseg model predict on windows that do not consist of whole patches, such as 512 px with patches of 14.

    The window is padded on the right and at the bottom with zeros, the mean colour after normalisation, and the same
    margin is cut off the prediction: pixels keep their size and position. In training, the data preprocessor pads both
    images and labels (:class:`PatchSegDataPreProcessor`).
    """

    backbone: Any

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict[str, Any]]) -> Tensor:
        """Return the prediction ``(B, K, H, W)`` for ``inputs`` ``(B, 3, H, W)``."""
        height, width = inputs.shape[-2:]
        patch = self.backbone.patch_size
        padded = F.pad(inputs, (0, -width % patch, 0, -height % patch))
        # A head enlarges to `img_shape` if it is a torch.Size.
        metas = [{**meta, 'img_shape': padded.shape[-2:]} for meta in batch_img_metas]
        prediction: Tensor = super().encode_decode(padded, metas)  # type: ignore[misc]
        return prediction[..., :height, :width]
