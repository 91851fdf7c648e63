"""What several networks make of the same images, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from singer_mm.evaluation.similarity.feature_view import FeatureView, patch_at
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import format_tokens
from singer_mm.utils.precision import at_least_float32
from singer_mm.visualization.feature_sheet import FeatureMaps


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
