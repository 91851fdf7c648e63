"""Masked generation: predict the teacher's tokens where the student's are hidden."""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from singer_mm.models.argument_checks import check_fraction
from singer_mm.registry import MODELS
from singer_mm.utils.micro_batch import rand_per_image


@MODELS.register_module()
class MaskedGenerator(BaseModule):
    """Replace a share of the patch tokens by one learnt token, and generate them by a small convolutional block.

    The generation of ViTKD (arXiv 2209.02432): two 3x3 convolutions with a ReLU between them, at the teacher's width,
    on the grid of patches. In training, the mask of an image depends on the seed of the iteration and on its position
    in the total batch, not on its process or micro-batch (:func:`rand_per_image`).

    Args:
        embed_dims: Width ``C`` of the teacher; given by the distiller.
        mask_ratio: Share of hidden patches (lambda in the paper).

    Raises:
        ConfigError: If ``mask_ratio`` is out of range.
    """

    def __init__(self, embed_dims: int, mask_ratio: float = 0.5) -> None:
        super().__init__()
        check_fraction('MaskedGenerator: mask_ratio', mask_ratio)
        self.mask_ratio = mask_ratio
        self.mask_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.generation = nn.Sequential(
            nn.Conv2d(embed_dims, embed_dims, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(embed_dims, embed_dims, kernel_size=3, padding=1),
        )

    def draw_mask(self, patches: Tensor) -> Tensor:
        """Return which of ``patches`` ``(B, N, C)`` to hide, boolean ``(B, N)``, drawn for each image.

        The number for each image is ``N - int(N * (1 - mask_ratio))``.
        """
        num_images, num_patches = patches.shape[:2]
        ranks = rand_per_image(num_images, num_patches, patches.device).argsort(dim=1).argsort(dim=1)
        return ranks >= int(num_patches * (1 - self.mask_ratio))

    def forward(self, patches: Tensor, mask: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return generated patches ``(B, N, C)``; those under the mask are predictions.

        Args:
            patches: Projected student patches, ``(B, N, C)``.
            mask: Patches to hide, boolean ``(B, N)``.
            grid: Rows and columns of the patches.
        """
        seen = torch.where(mask[..., None], self.mask_token.to(patches.dtype), patches)
        generated: Tensor = self.generation(seen.transpose(1, 2).unflatten(2, grid))
        return generated.flatten(2).transpose(1, 2)
