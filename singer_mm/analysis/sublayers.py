"""How much attention and MLP of a block change its tokens (the quantity of SiNGER's Figure 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from timm.models.eva import EvaBlock
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.precision import at_least_float32

SUBLAYERS = ('attention', 'mlp')
TOKENS = ('ordinary', 'outlier', 'cls')
# Both add attention and then the MLP to the residual stream, each behind its own norm.
KNOWN_BLOCKS = (Block, EvaBlock)

ImageMeans = dict[str, dict[str, Tensor]]  # sub-layer -> kind of token -> (B,)


@dataclass(frozen=True)
class Change:
    """A relative change over several images, without unit (1: what is added is as long as what was there).

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

    A branch is what is really added to the residual stream, LayerScale included. The input of the attention branch is
    what enters the block, that of the MLP branch what attention has made of it, both before their norm. A patch is an
    outlier if the norm with which it *enters* the block exceeds the ``quantile`` of its image, the rule of
    ``OutlierLoss``: for block ``l + 1`` these are the outliers of the features of block ``l``.

    Args:
        network: In eval mode, with pre-norm blocks of timm (``Block`` or ``EvaBlock``).
        images: ``(B, 3, H, W)``, normalised for the network.
        layers: Blocks, 0-based; all if left out.
        quantile: Between 0 and 1, exclusive.

    Returns:
        Block -> sub-layer -> kind of token -> mean over such tokens of each image ``(B,)``, nan where an image has
        none. A network without prefix tokens has no ``cls``.

    Raises:
        ConfigError: If a layer does not exist or its block is of another kind.
    """
    wanted = sorted({network.check_layer(layer) for layer in (range(network.num_layers) if layers is None else layers)})
    blocks = {layer: known_block(network, layer) for layer in wanted}
    results: dict[int, ImageMeans] = {}

    def measure(layer: int, before: Tensor, between: Tensor, after: Tensor) -> None:
        kinds = token_kinds(before, network.num_prefix_tokens, quantile)
        changes = zip(SUBLAYERS, (relative_change(before, between), relative_change(between, after)), strict=True)
        results[layer] = {
            sublayer: {kind: _mean_where(change, mask).cpu() for kind, mask in kinds.items()}
            for sublayer, change in changes
        }

    with _watched(blocks, measure):
        network.forward_tokens(images, [wanted[-1]])
    return results


def relative_change(before: Tensor, after: Tensor) -> Tensor:
    """Return ``|after - before| / |before|`` of each token ``(B, P+N, C)``, ``(B, P+N)``."""
    before, after = at_least_float32(before), at_least_float32(after)
    change: Tensor = (after - before).norm(dim=-1) / before.norm(dim=-1)
    return change


def token_kinds(tokens: Tensor, num_prefix_tokens: int, quantile: float) -> dict[str, Tensor]:
    """Return a mask ``(B, P+N)`` for each kind of token of ``(B, P+N, C)``; registers are of no kind."""
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
    """Return mean and spread over the images of all batches: block -> sub-layer -> kind of token."""
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
    # Not `values * mask`: a token that was zero has no relative change, and must not spoil the kinds it is not of.
    return values.masked_fill(~mask, 0).sum(dim=1) / mask.sum(dim=1)


def known_block(network: TokenBackbone, layer: int) -> nn.Module:
    """Return a block whose attention and MLP can be told apart.

    Raises:
        ConfigError: If it is of another kind.
    """
    blocks = getattr(getattr(network, 'vit', None), 'blocks', None)
    block = None if blocks is None else blocks[layer]
    if not isinstance(block, KNOWN_BLOCKS):
        kind = type(network).__name__ if block is None else type(block).__name__
        allowed = ' and '.join(known.__name__ for known in KNOWN_BLOCKS)
        raise ConfigError(
            f'block {layer} of {network.describe()} is a {kind}, whose attention and MLP cannot be told apart; known '
            f'are the pre-norm blocks {allowed} of timm (not parallel or post-norm ones).'
        )
    return block


@contextmanager
def _watched(blocks: Mapping[int, nn.Module], measure: Callable[[int, Tensor, Tensor, Tensor], None]) -> Iterator[None]:
    """Inside, ``measure(layer, before, between, after)`` is called at the end of each block.

    What enters ``norm2`` is the sum of the block's input and its attention branch: so LayerScale, whatever its form,
    need not be known.
    """
    seen: dict[tuple[int, str], Tensor] = {}

    def store(layer: int, place: str) -> Callable[[nn.Module, Any], None]:
        def hook(_: nn.Module, args: Any) -> None:
            seen[layer, place] = args[0]

        return hook

    def finish(layer: int) -> Callable[[nn.Module, Any, Tensor], None]:
        def hook(_: nn.Module, __: Any, output: Tensor) -> None:
            measure(layer, seen.pop((layer, 'before')), seen.pop((layer, 'between')), output)

        return hook

    handles = []
    for layer, block in blocks.items():
        handles += [
            block.register_forward_pre_hook(store(layer, 'before')),
            block.get_submodule('norm2').register_forward_pre_hook(store(layer, 'between')),
            block.register_forward_hook(finish(layer)),
        ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
