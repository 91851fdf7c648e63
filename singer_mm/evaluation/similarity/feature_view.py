"""The patch tokens of a network for some images, and what figures show of them (SiNGER's Figures 2 and 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from singer_mm.models.distillers.feature_distiller import FeatureDistiller
from singer_mm.models.distillers.last_layer import last_layer_patches
from singer_mm.models.losses.info_loss import patch_cosine_gram

Maps = list[NDArray[Any]]


@dataclass(frozen=True)
class FeatureView:
    """Patch tokens of one network for some images.

    Attributes:
        label: Name of the network, unique in a comparison.
        patches: ``(B, N, C)``, float32 on the CPU.
        grid: ``(h, w)``, rows and columns of the ``N`` patches.
    """

    label: str
    patches: Tensor
    grid: tuple[int, int]

    def norms(self) -> Maps:
        """Return the Euclidean norm of each patch, one map ``(h, w)`` for each image."""
        return self._as_maps(self.patches.norm(dim=-1))

    def features(self) -> NDArray[Any]:
        """Return the patches on their grid, ``(B, h, w, C)``."""
        features: NDArray[Any] = self.patches.unflatten(1, self.grid).numpy()
        return features

    def cosines(self, patch: tuple[int, int]) -> Maps:
        """Return the cosine of each patch with ``patch`` (row, column), one map ``(h, w)`` for each image."""
        directions = F.normalize(self.patches, dim=-1)
        marked = directions[:, patch[0] * self.grid[1] + patch[1]]
        return self._as_maps(torch.einsum('bnc,bc->bn', directions, marked))

    def agreements(self, teacher: FeatureView) -> Maps:
        """Return :func:`patch_agreement` with another network on the same grid, one map ``(h, w)`` for each image."""
        # One image at a time: a fine grid's cosine matrices are large.
        pairs = zip(self.patches, teacher.patches, strict=True)
        return self._as_maps(torch.cat([patch_agreement(ours[None], theirs[None]) for ours, theirs in pairs]))

    def on_grid(self, grid: tuple[int, int]) -> FeatureView:
        """Return this view with its tokens resampled to another grid (bilinear, antialiased)."""
        if grid == self.grid:
            return self
        maps = self.patches.unflatten(1, self.grid).permute(0, 3, 1, 2)
        resampled = F.interpolate(maps, grid, mode='bilinear', antialias=True)
        return FeatureView(self.label, resampled.flatten(2).transpose(1, 2), grid)

    def _as_maps(self, values: Tensor) -> Maps:
        return list(values.unflatten(1, self.grid).numpy())


def distiller_views(distiller: FeatureDistiller, inputs: Tensor) -> dict[str, FeatureView]:
    """Return ``teacher``, ``refined teacher``, ``projected student`` and ``student`` of the last pair of layers.

    Args:
        distiller: In eval mode.
        inputs: ``(B, 3, H, W)``, as its data preprocessor yields them.
    """
    grid = distiller.teacher.grid(inputs)
    patches = last_layer_patches(distiller, inputs)
    return {label: FeatureView(label, patches[name], grid) for name in patches for label in [name.replace('_', ' ')]}


def patch_at(place: tuple[float, float], grid: tuple[int, int]) -> tuple[int, int]:
    """Return row and column of the patch at a relative place (0 to 1 each) of a grid."""
    return min(int(place[0] * grid[0]), grid[0] - 1), min(int(place[1] * grid[1]), grid[1] - 1)


def patch_agreement(tokens_a: Tensor, tokens_b: Tensor) -> Tensor:
    """Return for each patch how far it resembles the same other patches in both networks.

    This is the Pearson correlation between the patch's rows of the two patch-cosine matrices, without the patch
    itself. The width, a rotation and a scaling of the features do not change it.

    Args:
        tokens_a: Patch tokens ``(B, N, Ca)`` of one network.
        tokens_b: Patch tokens ``(B, N, Cb)`` of the other for the same images and patches.

    Returns:
        ``(B, N)`` in -1 to 1; nan if a patch has the same cosine with all others in one network.
    """
    others = ~torch.eye(tokens_a.shape[1], dtype=torch.bool, device=tokens_a.device)
    rows_a, rows_b = (_centred_rows(patch_cosine_gram(tokens), others) for tokens in (tokens_a, tokens_b))
    agreement: Tensor = (rows_a * rows_b).sum(dim=-1) / (rows_a.norm(dim=-1) * rows_b.norm(dim=-1))
    return agreement


def _centred_rows(gram: Tensor, others: Tensor) -> Tensor:
    """Return the rows of ``gram`` ``(B, N, N)`` minus their means over ``others`` ``(N, N)``, zero elsewhere."""
    mean = (gram * others).sum(dim=-1, keepdim=True) / others.sum(dim=-1, keepdim=True)
    return (gram - mean) * others
