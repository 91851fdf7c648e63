"""The direction that the weights of some blocks amplify most (SINDER, Wang et al., ECCV 2024).

Tokens are row vectors, as in ``nullspace.py``: a linearised block maps ``x`` to ``x @ E``, and the blocks 0 to ``l``
map it to ``x @ G`` with ``G = E_0 E_1 ... E_l``. With ``G = U diag(s) Vᵀ``, the first column of ``V`` is the direction
in which outputs are amplified most. (The paper writes columns, ``G x``: there it is the leading *left* singular
vector.)

The linearisation omits the division in the norms, the mixing of tokens and the biases of the residual stream. It gives
the direction, not the size.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from timm.layers import GluMlp, Mlp
from torch import Tensor, nn

from singer_mm.errors import ConfigError

# Gauss-Hermite nodes: GELU's gain is exact to rounding for the neurons of DINOv2-S (deviations below 1).
NUM_NODES = 100


def block_map(block: Any) -> Tensor:
    """Return the linearised block, ``(C, C)`` in float64: attention's map, then that of the MLP.

    Raises:
        ConfigError: If the block's norm or MLP is of an unknown type.
    """
    return attention_map(block) @ mlp_map(block)


def attention_map(block: Any) -> Tensor:
    """Return ``I + Z diag(norm1) W_vᵀ W_oᵀ diag(LayerScale)``, ``(C, C)`` in float64, ``Z`` subtracting a token's mean.

    It assumes that every token attends only to itself (paper, section 3.2).
    """
    value = block.attn.qkv.weight.detach().double().chunk(3)[-1]
    output = block.attn.proj.weight.detach().double()
    return _residual(block.norm1, value.T @ output.T, block.ls1)


def mlp_map(block: Any) -> Tensor:
    """Return ``I + Z diag(norm2) A W_2ᵀ diag(LayerScale)``, ``(C, C)`` in float64.

    ``A`` is the least-squares linear fit to the first layer and its activation over standard normal inputs, as in the
    authors' code, which draws 100,000 samples. By Stein's lemma the fit is the mean gradient, computed here exactly.
    """
    mlp: Any = block.mlp
    if isinstance(mlp, Mlp):
        first = mlp.fc1.weight.detach().double()
        fit = first * activation_gains(mlp.act, _bias(mlp.fc1), first.norm(dim=1))[:, None]
    elif isinstance(mlp, GluMlp):
        fit = _gated_fit(mlp)
    else:
        raise ConfigError(
            f'SingularRepair cannot linearise an MLP of type {type(mlp).__name__}; allowed: Mlp, GluMlp (timm).'
        )
    return _residual(block.norm2, fit.T @ mlp.fc2.weight.detach().double().T, block.ls2)


def activation_gains(activation: Callable[[Tensor], Tensor], means: Tensor, deviations: Tensor) -> Tensor:
    """Return the mean slope of an activation under normal inputs, one for each neuron.

    Args:
        activation: Elementwise.
        means: Of the neurons' inputs, ``(H,)`` float64.
        deviations: Their standard deviations, ``(H,)`` float64, above 0.
    """
    nodes, weights = _quadrature(means)
    # Stein: E[f'(z)] = E[f(z) (z - mean)] / variance; needs no derivative of the activation.
    return (activation(means[:, None] + deviations[:, None] * nodes) * nodes * weights).sum(dim=1) / deviations


def leading_direction(maps: Iterable[Tensor]) -> Tensor:
    """Return the unit vector ``(C,)`` along which the product of ``maps``, ``(C, C)`` each, amplifies its output most.

    Its sign is arbitrary.
    """
    product: Tensor | None = None
    for linear_map in maps:
        product = linear_map if product is None else product @ linear_map
        product = product / product.norm()  # otherwise dozens of blocks overflow
    if product is None:
        raise ValueError('leading_direction needs at least one map.')
    return torch.linalg.svd(product).Vh[0]


def _gated_fit(mlp: Any) -> Tensor:
    """Return the linear fit ``(H, C)`` to ``act(g) * v`` with ``g`` and ``v`` linear in a standard normal input.

    Its mean gradient is ``E[act'(g) v] w_g + E[act(g)] w_v``, where ``v`` given ``g`` is linear in ``g``.
    """
    weights, biases = mlp.fc1.weight.detach().double().chunk(2), _bias(mlp.fc1).chunk(2)
    gate_half = 1 if mlp.gate_last else 0
    gate, value = weights[gate_half], weights[1 - gate_half]
    gate_mean, value_mean = biases[gate_half], biases[1 - gate_half]
    deviations = gate.norm(dim=1)
    nodes, probabilities = _quadrature(gate_mean)
    activated = mlp.act(gate_mean[:, None] + deviations[:, None] * nodes)
    mean_activated = (activated * probabilities).sum(dim=1)
    slope = (gate * value).sum(dim=1) / deviations.square()  # of v over g
    values = value_mean[:, None] + (slope * deviations)[:, None] * nodes
    gate_gain = (activated * values * nodes * probabilities).sum(dim=1) / deviations - slope * mean_activated
    return gate_gain[:, None] * gate + mean_activated[:, None] * value


def _residual(norm: nn.Module, branch: Tensor, scale: nn.Module) -> Tensor:
    if not isinstance(norm, nn.LayerNorm):
        raise ConfigError(f'SingularRepair cannot linearise a norm of type {type(norm).__name__}; allowed: LayerNorm.')
    identity = torch.eye(len(branch), dtype=torch.float64, device=branch.device)
    centred = identity - 1 / len(branch)
    gamma: Tensor | None = getattr(scale, 'gamma', None)  # nn.Identity where the network has no LayerScale
    branch = centred @ (norm.weight.detach().double()[:, None] * branch)
    return identity + (branch if gamma is None else branch * gamma.detach().double())


def _bias(linear: Any) -> Tensor:
    if linear.bias is None:
        return torch.zeros(linear.out_features, dtype=torch.float64, device=linear.weight.device)
    bias: Tensor = linear.bias.detach().double()
    return bias


def _quadrature(like: Tensor) -> tuple[Tensor, Tensor]:
    """Return nodes and probabilities ``(n,)`` whose weighted sums are means over a standard normal variable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NUM_NODES)
    return torch.from_numpy(nodes).to(like), torch.from_numpy(weights / np.sqrt(2 * np.pi)).to(like)
