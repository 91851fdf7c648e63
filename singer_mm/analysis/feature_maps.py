"""What several networks make of the same images, patch by patch (the quantities of SiNGER's Figures 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import format_tokens
from singer_mm.models.losses.info_loss import patch_cosine_gram
from singer_mm.utils.precision import at_least_float32

Maps = list[NDArray[Any]]


@dataclass(frozen=True)
class FeatureView:
    """Patch tokens that one network makes of some images.

    Attributes:
        label: Name of the network; unique among those that are compared.
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
        """Return the patches at their places, ``(B, h, w, C)``."""
        features: NDArray[Any] = self.patches.unflatten(1, self.grid).numpy()
        return features

    def cosines(self, patch: tuple[int, int]) -> Maps:
        """Return the cosine of each patch with the one in this row and column, one map ``(h, w)`` for each image."""
        directions = F.normalize(self.patches, dim=-1)
        marked = directions[:, patch[0] * self.grid[1] + patch[1]]
        return self._as_maps(torch.einsum('bnc,bc->bn', directions, marked))

    def agreements(self, teacher: FeatureView) -> Maps:
        """Return where this network agrees with another one on the same grid, see :func:`patch_agreement`."""
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


@dataclass(frozen=True)
class FeatureMaps:
    """Everything that a sheet shows of some views, by their labels in order; maps are ``(h, w)``, one per image.

    Attributes:
        norms: Norms of the patch tokens, each network on its own grid.
        cosines: Cosine of every patch with the marked one, on the teacher's grid.
        agreements: :func:`patch_agreement` with the teacher, on its grid, of every network but the teacher.
        features: ``(B, h, w, C)``, each network on its own grid.
        grid: Rows and columns of the teacher's grid.
        mark: Row and column of the marked patch on it.
        resampled: Labels of the networks whose grid is not the teacher's.
    """

    norms: dict[str, Maps]
    cosines: dict[str, Maps]
    agreements: dict[str, Maps]
    features: dict[str, NDArray[Any]]
    grid: tuple[int, int]
    mark: tuple[int, int]
    resampled: list[str]


def compare_views(views: Sequence[FeatureView], place: tuple[float, float] = (0.5, 0.5)) -> FeatureMaps:
    """Compute all maps of some views of the same images; the first one is the teacher.

    Networks whose grid is not the teacher's are compared with it by tokens that are resampled to its grid.

    Args:
        views: Views with different labels.
        place: Row and column of the marked patch, each from 0 (upper, left edge) to 1.
    """
    teacher = views[0]
    mark = patch_at(place, teacher.grid)
    aligned = [view.on_grid(teacher.grid) for view in views]
    return FeatureMaps(
        norms={view.label: view.norms() for view in views},
        cosines={view.label: view.cosines(mark) for view in aligned},
        agreements={view.label: view.agreements(teacher) for view in aligned[1:]},
        features={view.label: view.features() for view in views},
        grid=teacher.grid,
        mark=mark,
        resampled=[view.label for view in views if view.grid != teacher.grid],
    )


def patch_at(place: tuple[float, float], grid: tuple[int, int]) -> tuple[int, int]:
    """Return row and column of the patch at a relative place (0 to 1 each) of a grid."""
    return min(int(place[0] * grid[0]), grid[0] - 1), min(int(place[1] * grid[1]), grid[1] - 1)


def patch_agreement(tokens_a: Tensor, tokens_b: Tensor) -> Tensor:
    """Return for each patch whether it resembles the same other patches in both networks.

    That is the Pearson correlation between the patch's rows of the two patch-cosine matrices, without the patch
    itself. Neither the width nor a rotation or scaling of the features changes it.

    Args:
        tokens_a: Patch tokens ``(B, N, Ca)`` of one network.
        tokens_b: Patch tokens ``(B, N, Cb)`` of the other for the same images and patches.

    Returns:
        ``(B, N)`` in -1 to 1; nan where one network gives a patch the same cosine with all others.
    """
    others = ~torch.eye(tokens_a.shape[1], dtype=torch.bool, device=tokens_a.device)
    rows_a, rows_b = (_centred_rows(patch_cosine_gram(tokens), others) for tokens in (tokens_a, tokens_b))
    agreement: Tensor = (rows_a * rows_b).sum(dim=-1) / (rows_a.norm(dim=-1) * rows_b.norm(dim=-1))
    return agreement


def _centred_rows(gram: Tensor, others: Tensor) -> Tensor:
    """Return the rows of ``gram`` ``(B, N, N)`` minus their means over ``others`` ``(N, N)``, zero elsewhere."""
    mean = (gram * others).sum(dim=-1, keepdim=True) / others.sum(dim=-1, keepdim=True)
    return (gram - mean) * others


def last_block_map(network: TokenBackbone, inputs: Tensor) -> Tensor:
    """Return the patch tokens of the last block before the final norm, ``(B, h, w, C)``, in float32 or better.

    Args:
        network: In eval mode.
        inputs: ``(B, 3, H, W)``, normalised for it.
    """
    last = network.num_layers - 1
    with network.precision(inputs):
        tokens = at_least_float32(network.forward_tokens(inputs, [last])[last])
    return format_tokens(tokens, 'feat_map', network.num_prefix_tokens, network.grid(inputs)).permute(0, 2, 3, 1)
