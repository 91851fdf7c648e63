"""The neurons that make the outliers (Jiang et al. 2025, arXiv 2506.08010)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from singer_mm.analysis.recorded_tensors import recorded_tensors
from singer_mm.errors import ConfigError, DataError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.refiners.plain_blocks import plain_mlp
from singer_mm.utils.precision import at_least_float32


@torch.no_grad()
def find_register_neurons(
    teacher: TokenBackbone, images: Tensor, layer: int, number: int, quantile: float = 0.97
) -> list[tuple[int, int]]:
    """Return the neurons with the largest absolute activation at the patches that are outliers after block ``layer``.

    Neurons of the blocks 1 to ``layer - 1`` are ranked by their mean over the outliers of an image, then over the
    images, as in the authors' code. The authors use a fixed norm as the threshold of an outlier; here it is a quantile
    of the image, as in ``OutlierLoss``. Block 0 is excluded because ``RuntimeRegisters`` cannot act there.

    Args:
        teacher: A timm ``VisionTransformer``, in eval mode.
        images: ``(B, 3, H, W)``, normalised for it.
        layer: Block whose outliers to explain, 0-based, from 2.
        number: Number of neurons.
        quantile: Patches whose norm exceeds this quantile of their image are outliers; between 0 and 1, exclusive.

    Returns:
        ``(block, index)`` of each neuron, the strongest first.

    Raises:
        ConfigError: If an argument is out of range, or the teacher has other blocks.
        DataError: If no image has an outlier.
    """
    if not 2 <= layer < teacher.num_layers:
        raise ConfigError(
            f'layer {layer} of {teacher.describe()} has no block between itself and the first one; allowed: 2 to '
            f'{teacher.num_layers - 1} (0-based).'
        )
    if not 0 < quantile < 1:
        raise ConfigError(f'quantile is {quantile}; allowed: between 0 and 1, exclusive.')
    blocks = range(1, layer)
    # (blocks, hidden) for each image that has outliers
    scores = [score for image in images for score in _image_scores(teacher, image[None], layer, blocks, quantile)]
    if not scores:
        raise DataError(f'no patch of the {len(images)} images is an outlier after block {layer}; give larger images.')
    mean = torch.stack(scores).mean(dim=0)
    if not 1 <= number <= mean.numel():
        raise ConfigError(f'number of neurons is {number}; allowed: 1 to {mean.numel()}.')
    strongest = mean.flatten().topk(number).indices.tolist()
    return [(blocks[index // mean.shape[1]], index % mean.shape[1]) for index in strongest]


def _image_scores(
    teacher: TokenBackbone, image: Tensor, layer: int, blocks: Sequence[int], quantile: float
) -> list[Tensor]:
    """Return the scores ``(blocks, hidden)`` of one image ``(1, 3, H, W)``; an empty list if it has no outlier."""
    owner = 'the search for register neurons'
    with recorded_tensors({block: (plain_mlp(teacher, block, owner).act, 'output') for block in blocks}) as activations:
        tokens = teacher.forward_tokens(image, [layer])[layer]
    norms = at_least_float32(tokens[0, teacher.num_prefix_tokens :]).norm(dim=-1)
    outliers = norms > norms.quantile(quantile)
    if not outliers.any():
        return []
    patches = [activations[block][0, teacher.num_prefix_tokens :] for block in blocks]
    return [torch.stack([at_least_float32(value[outliers]).abs().mean(dim=0) for value in patches])]
