"""Where norms grow inside a block (SiNGER, Table 7 and Figure 5)."""

from typing import Any

import torch
from torch import Tensor

from singer_mm.analysis.recorded_tensors import recorded_tensors
from singer_mm.analysis.sublayers import known_block
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.precision import at_least_float32

GAINS = ('ffn1', 'ffn2', 'ffn', 'attention')


@torch.no_grad()
def norm_gains(network: TokenBackbone, images: Tensor, layer: int) -> dict[str, Tensor]:
    """Return ratios of norms inside a block, for each patch: ``(B, N)`` by :data:`GAINS`.

    - ``ffn1``: after the MLP's activation / before its first linear layer (``G_FFN1``);
    - ``ffn2``: after its second linear layer / before it (``G_FFN2``);
    - ``ffn``: relative change of the residual stream's norm by the MLP, (after - before) / before;
    - ``attention``: the same for attention, which comes before the MLP.

    The legend of the authors' poster defines them so. The poster does not say whether attention is that of this block
    or of the next one. :func:`sublayer_changes` measures another quantity: the length of a branch beside its input.

    Args:
        network: In eval mode, with pre-norm blocks of timm.
        images: ``(B, 3, H, W)``, normalised for the network.
        layer: Block, 0-based.

    Raises:
        ConfigError: If the layer does not exist, or its attention and MLP cannot be measured separately.
    """
    block = known_block(network, network.check_layer(layer))
    mlp: Any = block.get_submodule('mlp')
    places = {
        'input': (block, 'input'),
        'between': (block.get_submodule('norm2'), 'input'),
        'ffn1': (mlp, 'input'),
        'ffn2': (mlp.fc2, 'input'),
        'ffn3': (mlp.fc2, 'output'),
        'output': (block, 'output'),
    }
    with recorded_tensors(places) as tokens:
        network.forward_tokens(images, [layer])
    rows, columns = network.grid(images)
    norms = {name: at_least_float32(value[:, -rows * columns :]).norm(dim=-1) for name, value in tokens.items()}
    return {
        'ffn1': norms['ffn2'] / norms['ffn1'],
        'ffn2': norms['ffn3'] / norms['ffn2'],
        'ffn': norms['output'] / norms['between'] - 1,
        'attention': norms['between'] / norms['input'] - 1,
    }
