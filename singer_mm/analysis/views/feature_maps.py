"""Maps of the features of several networks for the same images."""

from collections.abc import Sequence

from torch import Tensor

from singer_mm.evaluation.similarity.feature_view import FeatureView, patch_at
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import format_tokens
from singer_mm.utils.precision import at_least_float32
from singer_mm.visualization.feature_sheet import FeatureMaps


def compare_views(views: Sequence[FeatureView], place: tuple[float, float] = (0.5, 0.5)) -> FeatureMaps:
    """Compute all maps of views of the same images, with different labels; the first view is the teacher.

    A network with another patch grid is compared with the teacher by tokens that are resampled to the teacher's grid.
    ``place`` is the row and column of the marked patch, each from 0 (upper or left edge) to 1.
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

    The network is in eval mode; ``inputs`` ``(B, 3, H, W)`` are normalised for it.
    """
    last = network.num_layers - 1
    with network.precision(inputs):
        tokens = at_least_float32(network.forward_tokens(inputs, [last])[last])
    return format_tokens(tokens, 'feat_map', network.num_prefix_tokens, network.grid(inputs)).permute(0, 2, 3, 1)
