"""How much attention and MLP of a block change its tokens (the quantity of SiNGER's Figure 5)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import torch
from timm.models.eva import EvaBlock
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.precision import at_least_float32

SUBLAYERS = ('attention', 'mlp')
# These blocks add attention and then the MLP to the residual stream; each of the two has its own norm before it.
KNOWN_BLOCKS = (Block, EvaBlock)

ImageMeans = dict[str, dict[str, Tensor]]  # sub-layer to kind of token (ordinary, outlier, cls) to (B,)


@dataclass(frozen=True)
class Change:
    """A relative change over several images (1: the added vector is as long as the input).

    Attributes:
        mean: Mean over the images of the mean over an image's tokens; nan if no image has such tokens.
        std: Standard deviation over the images, of a sample; nan for fewer than two images.
        images: Number of images that have such tokens.
    """

    mean: float
    std: float
    images: int


@torch.no_grad()
def sublayer_changes(
    network: TokenBackbone, images: Tensor, layers: Sequence[int] | None = None, quantile: float = 0.97
) -> dict[int, ImageMeans]:
    """Measure ``|attention branch| / |its input|`` and ``|MLP branch| / |its input|`` of each token.

    A branch is the vector that is added to the residual stream, with LayerScale. The input of the attention branch is
    the input of the block; the input of the MLP branch is the sum after attention. Both are taken before their norm. A
    patch is an outlier if its norm at the *input* of the block exceeds the ``quantile`` of its image, as in
    ``OutlierLoss``: for block ``l + 1`` these are the outliers of the features of block ``l``.

    Args:
        network: In eval mode, with pre-norm blocks of timm (``Block`` or ``EvaBlock``).
        images: ``(B, 3, H, W)``, normalised for the network.
        layers: Blocks, 0-based; None: all.
        quantile: Between 0 and 1, exclusive.

    Returns:
        Block to sub-layer to kind of token to the mean over these tokens in each image ``(B,)``, nan if an image has
        none. A network without prefix tokens has no ``cls``.

    Raises:
        ConfigError: If a layer does not exist or its block is of another kind.
    """
    wanted = sorted({network.check_layer(layer) for layer in (range(network.num_layers) if layers is None else layers)})
    blocks = {layer: known_block(network, layer) for layer in wanted}
    results: dict[int, ImageMeans] = {}
    entered_norm2: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        entered_norm2.append(inputs[0])

    def measure(layer: int, module: nn.Module, inputs: tuple[Tensor, ...], after: Tensor) -> None:
        # The input of norm2 is the sum of the block's input and its attention branch, whatever the form of LayerScale.
        before, between = inputs[0], entered_norm2.pop()
        kinds = token_kinds(before, network.num_prefix_tokens, quantile)
        changes = zip(SUBLAYERS, (relative_change(before, between), relative_change(between, after)), strict=True)
        results[layer] = {
            sublayer: {kind: _mean_where(change, mask).cpu() for kind, mask in kinds.items()}
            for sublayer, change in changes
        }

    # Blocks are measured one by one, because the tokens of all blocks together need gigabytes.
    with ExitStack() as hooks:
        for layer, block in blocks.items():
            hooks.enter_context(block.get_submodule('norm2').register_forward_pre_hook(keep))
            hooks.enter_context(block.register_forward_hook(partial(measure, layer)))
        network.forward_tokens(images, [wanted[-1]])
    return results


def relative_change(before: Tensor, after: Tensor) -> Tensor:
    """Return ``|after - before| / |before|`` of each token ``(B, P+N, C)``, ``(B, P+N)``."""
    before, after = at_least_float32(before), at_least_float32(after)
    change: Tensor = (after - before).norm(dim=-1) / before.norm(dim=-1)
    return change


def token_kinds(tokens: Tensor, num_prefix_tokens: int, quantile: float) -> dict[str, Tensor]:
    """Return a mask ``(B, P+N)`` of ``(B, P+N, C)`` for each kind of token; registers belong to no kind."""
    norms = at_least_float32(tokens).norm(dim=-1)
    patch_norms = norms[:, num_prefix_tokens:]
    is_patch = torch.zeros_like(norms, dtype=torch.bool)
    is_patch[:, num_prefix_tokens:] = True
    is_outlier = is_patch & (norms > patch_norms.quantile(quantile, dim=1, keepdim=True))
    kinds = {'ordinary': is_patch & ~is_outlier, 'outlier': is_outlier}
    if num_prefix_tokens:
        kinds['cls'] = torch.zeros_like(is_patch)
        kinds['cls'][:, 0] = True
    return kinds


def summarize(batches: Sequence[Mapping[int, ImageMeans]]) -> dict[int, dict[str, dict[str, Change]]]:
    """Return mean and standard deviation over the images of all batches: block to sub-layer to kind of token."""
    first = batches[0]
    return {
        layer: {
            sublayer: {
                kind: _summarize(torch.cat([batch[layer][sublayer][kind] for batch in batches])) for kind in kinds
            }
            for sublayer, kinds in first[layer].items()
        }
        for layer in first
    }


def _summarize(values: Tensor) -> Change:
    values = values[~values.isnan()].double()
    std = values.std().item() if len(values) > 1 else float('nan')
    return Change(values.mean().item(), std, len(values))


def _mean_where(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of ``values`` ``(B, T)`` over the true entries of ``mask``, ``(B,)``; 0 / 0 is nan."""
    # `values * mask` would be wrong: the change of a zero token is nan, and nan * 0 is nan.
    return values.masked_fill(~mask, 0).sum(dim=1) / mask.sum(dim=1)


def known_block(network: TokenBackbone, layer: int) -> nn.Module:
    """Return a block whose attention and MLP can be measured separately.

    Raises:
        ConfigError: If the block is of another kind.
    """
    blocks = getattr(getattr(network, 'vit', None), 'blocks', None)
    block = None if blocks is None else blocks[layer]
    if not isinstance(block, KNOWN_BLOCKS):
        kind = type(network).__name__ if block is None else type(block).__name__
        allowed = ' and '.join(known.__name__ for known in KNOWN_BLOCKS)
        raise ConfigError(
            f'block {layer} of {network.describe()} is a {kind}, whose attention and MLP cannot be measured '
            f'separately; allowed: the pre-norm blocks {allowed} of timm, not parallel or post-norm blocks.'
        )
    return block
