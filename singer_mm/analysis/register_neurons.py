"""Which neurons make the outliers (Jiang et al. 2025, arXiv 2506.08010)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError, DataError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.refiners.plain_blocks import plain_mlp
from singer_mm.utils.precision import at_least_float32


@torch.no_grad()
def find_register_neurons(
    teacher: TokenBackbone, images: Tensor, layer: int, number: int, quantile: float = 0.97
) -> list[tuple[int, int]]:
    """Return the neurons that fire most, in absolute value, at the patches that are outliers after block ``layer``.

    Neurons of the blocks 1 to ``layer - 1`` are ranked by their mean over each image's outliers, then over the images,
    as in the authors' code. That takes a fixed norm as the threshold of an outlier; here it is the quantile of the
    image, as in ``OutlierLoss``. Block 0 is left out, since ``TestTimeRegisters`` could not act there.

    Args:
        teacher: A timm ``VisionTransformer``, in eval mode.
        images: ``(B, 3, H, W)``, normalised for it.
        layer: Block whose outliers are to be explained, 0-based, from 2.
        number: How many neurons.
        quantile: Patches whose norm exceeds this quantile of their image are outliers; between 0 and 1, exclusive.

    Returns:
        ``(block, index)`` of each neuron, the strongest first.

    Raises:
        ConfigError: If an argument is out of range, or the teacher is of another kind.
        DataError: If no image has an outlier.
    """
    if not 2 <= layer < teacher.num_layers:
        raise ConfigError(
            f'layer {layer} has no block between the first one and itself in {teacher.describe()}; allowed: 2 to '
            f'{teacher.num_layers - 1} (0-based).'
        )
    if not 0 < quantile < 1:
        raise ConfigError(f'quantile is {quantile}; allowed: between 0 and 1, exclusive.')
    blocks = range(1, layer)
    # (blocks, hidden) for each image that has outliers
    scores = [score for image in images for score in _image_scores(teacher, image[None], layer, blocks, quantile)]
    if not scores:
        raise DataError(f'no patch of {len(images)} images stands out after block {layer}; give larger images.')
    mean = torch.stack(scores).mean(dim=0)
    if not 1 <= number <= mean.numel():
        raise ConfigError(f'number of neurons is {number}; allowed: 1 to {mean.numel()}.')
    strongest = mean.flatten().topk(number).indices.tolist()
    return [(blocks[index // mean.shape[1]], index % mean.shape[1]) for index in strongest]


def _image_scores(
    teacher: TokenBackbone, image: Tensor, layer: int, blocks: Sequence[int], quantile: float
) -> list[Tensor]:
    """Return the scores ``(blocks, hidden)`` of one image ``(1, 3, H, W)``, or nothing where it has no outlier."""
    with _watched(teacher, blocks) as activations:
        tokens = teacher.forward_tokens(image, [layer])[layer]
    norms = at_least_float32(tokens[0, teacher.num_prefix_tokens :]).norm(dim=-1)
    outliers = norms > norms.quantile(quantile)
    if not outliers.any():
        return []
    patches = [activations[block][0, teacher.num_prefix_tokens :] for block in blocks]
    return [torch.stack([at_least_float32(value[outliers]).abs().mean(dim=0) for value in patches])]


@contextmanager
def _watched(teacher: TokenBackbone, blocks: Sequence[int]) -> Iterator[dict[int, Tensor]]:
    """Inside, the activations ``(B, P+N, hidden)`` of the blocks' neurons are kept in the yielded dict."""
    activations: dict[int, Tensor] = {}

    def store(block: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            activations[block] = output

        return hook

    owner = 'the search for register neurons'
    acts = {block: plain_mlp(teacher, block, owner).act for block in blocks}
    handles = [act.register_forward_hook(store(block)) for block, act in acts.items()]
    try:
        yield activations
    finally:
        for handle in handles:
            handle.remove()
