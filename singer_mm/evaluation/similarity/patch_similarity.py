"""The similarity of two models' features of an image, independent of their widths and bases."""

import torch
from torch import Tensor

from singer_mm.models.losses.info_loss import patch_cosine_gram


def patch_cosine_correlation(tokens_a: Tensor, tokens_b: Tensor) -> Tensor:
    """Return the Pearson correlation between the off-diagonals of two models' patch-cosine matrices.

    1 means that the same patches are similar in both models. The width, a rotation and a scaling of the features do not
    change it, so a student can be compared with its teacher without a projector.

    Args:
        tokens_a: Patch tokens ``(B, N, Ca)`` of one model.
        tokens_b: Patch tokens ``(B, N, Cb)`` of the other model for the same images and patches.

    Returns:
        ``(B,)`` in -1 to 1; nan if all pairs have the same cosine in one model.

    Raises:
        ValueError: If the tokens are not of the same images and patches.
    """
    if tokens_a.shape[:2] != tokens_b.shape[:2]:
        raise ValueError(
            f'the tokens must be of the same images and patches, got {tuple(tokens_a.shape)} and '
            f'{tuple(tokens_b.shape)}: give both models the same patch grid.'
        )
    number = tokens_a.shape[1]
    rows, columns = torch.triu_indices(number, number, offset=1, device=tokens_a.device)
    a, b = (patch_cosine_gram(tokens)[:, rows, columns] for tokens in (tokens_a, tokens_b))
    a, b = (values - values.mean(dim=1, keepdim=True) for values in (a, b))
    correlation: Tensor = (a * b).sum(dim=1) / (a.norm(dim=1) * b.norm(dim=1))
    return correlation
