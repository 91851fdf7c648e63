"""Look for artifacts in the patch tokens of a teacher, layer by layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.refiners.nullspace import left_singular_vectors

from .layer_artifacts import LayerArtifacts
from .outliers import outlier_mask

IMAGES_AT_ONCE = 2  # every block's tokens are held: 2.7 GB for DINOv2-g at its own size


@torch.no_grad()
def measure_artifacts(
    network: TokenBackbone, batch: Tensor, progress: Callable[[int], None] | None = None
) -> list[LayerArtifacts]:
    """Return what was measured on each block of ``network``, on the device that it is on.

    Args:
        network: A frozen backbone.
        batch: Images ``(B, 3, H, W)`` in [0, 1].
        progress: Called with the number of images done since the last call.

    Raises:
        ConfigError: If the images do not fit the network, its MLPs cannot be linearised, or its tokens are zero or not
            finite.
    """
    layers = range(network.num_layers)
    following = [min(layer + 1, network.num_layers - 1) for layer in layers]
    maps = {block: left_singular_vectors(network.linear_map(block).cpu()) for block in sorted(set(following))}
    grid = network.grid(batch)
    device = next(network.parameters()).device
    norms: list[list[Tensor]] = [[] for _ in layers]
    outliers: list[list[Tensor]] = [[] for _ in layers]
    energies = torch.zeros(len(layers), 2, network.embed_dims, dtype=torch.float64)
    for images in batch.split(IMAGES_AT_ONCE):
        outputs = network.forward_tokens(network.normalize_images(images.to(device)), layers)
        for layer in layers:
            patches = outputs.pop(layer)[:, network.num_prefix_tokens :].double().cpu()
            norms[layer].append(patches.norm(dim=-1))
            medians = norms[layer][-1].quantile(0.5, dim=1)
            if not (medians.isfinite() & (medians > 0)).all():
                raise ConfigError(
                    f'half of the patch tokens of layer {layer} of {network.describe()} or more are zero or not finite '
                    'in an image, so that there is no norm to compare with; check the weights that it was given.'
                )
            outliers[layer].append(outlier_mask(norms[layer][-1]))
            energies[layer] += _energies(patches, outliers[layer][-1], maps[following[layer]][0])
        if progress is not None:
            progress(len(images))
    return [
        LayerArtifacts(
            layer=layer,
            next_block=following[layer],
            norms=torch.cat(norms[layer]).unflatten(1, grid).numpy(),
            outliers=torch.cat(outliers[layer]).unflatten(1, grid).numpy(),
            singular_values=maps[following[layer]][1].numpy(),
            outlier_energy=energies[layer, 0].numpy(),
            ordinary_energy=energies[layer, 1].numpy(),
        )
        for layer in layers
    ]


def _energies(patches: Tensor, outliers: Tensor, left: Tensor) -> Tensor:
    """Return the energy of outliers and of ordinary tokens along the columns of ``left``, ``(2, C)``.

    Args:
        patches: ``(B, N, C)``.
        outliers: ``(B, N)``.
        left: Left singular vectors, ``(C, C)``.
    """
    ordinary = ~outliers  # never empty: at most half the norms exceed the median
    weights = ordinary.to(patches.dtype)[..., None]
    means = (patches * weights).sum(dim=1, keepdim=True) / weights.sum(dim=1, keepdim=True)
    deviations = patches - means
    return torch.stack([(deviations[mask] @ left).square().sum(dim=0) for mask in (outliers, ordinary)])
