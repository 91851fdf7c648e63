"""Where in a block norms grow (SiNGER, Table 7 and Figure 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.precision import at_least_float32

from .sublayers import known_block

GAINS = ('ffn1', 'ffn2', 'ffn', 'attention')


@torch.no_grad()
def norm_gains(network: TokenBackbone, images: Tensor, layer: int) -> dict[str, Tensor]:
    """Return ratios of norms inside a block, of each patch: ``(B, N)`` by :data:`GAINS`.

    - ``ffn1``: after the MLP's activation / before its first linear layer (``G_FFN1``);
    - ``ffn2``: after its second linear layer / before it (``G_FFN2``);
    - ``ffn``: change of the residual stream's norm by the MLP, (after - before) / before;
    - ``attention``: change of that norm by attention, which comes before the MLP.

    So says the legend of the authors' poster, whose drawing leaves open whether attention is that of this block or of
    the next. How long a branch is beside its input is another quantity: :func:`sublayer_changes`.

    Args:
        network: In eval mode, with pre-norm blocks of timm.
        images: ``(B, 3, H, W)``, normalised for the network.
        layer: Block, 0-based.

    Raises:
        ConfigError: If the block's attention and MLP cannot be told apart.
    """
    block = known_block(network, network.check_layer(layer))
    mlp: Any = block.get_submodule('mlp')
    norms: dict[str, Tensor] = {}
    rows, columns = network.grid(images)

    def keep(place: str, value: Tensor) -> None:
        norms[place] = at_least_float32(value[:, -rows * columns :]).norm(dim=-1)

    def before(place: str) -> Callable[[nn.Module, Any], None]:
        return lambda module, args: keep(place, args[0])

    handles = [
        block.register_forward_pre_hook(before('input')),
        block.get_submodule('norm2').register_forward_pre_hook(before('between')),
        mlp.register_forward_pre_hook(before('ffn1')),
        mlp.fc2.register_forward_pre_hook(before('ffn2')),
        mlp.fc2.register_forward_hook(lambda module, args, output: keep('ffn3', output)),
        block.register_forward_hook(lambda module, args, output: keep('output', output)),
    ]
    try:
        network.forward_tokens(images, [layer])
    finally:
        for handle in handles:
            handle.remove()
    return {
        'ffn1': norms['ffn2'] / norms['ffn1'],
        'ffn2': norms['ffn3'] / norms['ffn2'],
        'ffn': norms['output'] / norms['between'] - 1,
        'attention': norms['between'] / norms['input'] - 1,
    }
