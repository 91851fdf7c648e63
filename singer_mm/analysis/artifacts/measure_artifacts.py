"""Measure artifacts in the patch tokens of a teacher, layer by layer."""

from collections.abc import Callable

import torch
from torch import Tensor

from singer_mm.analysis.networks import device_of
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.refiners.nullspace import left_singular_vectors

from .layer_artifacts import LayerArtifacts
from .outliers import outlier_mask

IMAGES_AT_ONCE = 2  # the tokens of all blocks are kept: 2.7 GB for DINOv2-g at its native size


@torch.no_grad()
def measure_artifacts(
    network: TokenBackbone, batch: Tensor, progress: Callable[[int], None] | None = None
) -> list[LayerArtifacts]:
    """Measure each block of ``network`` on its device.

    Args:
        network: A frozen backbone.
        batch: Images ``(B, 3, H, W)`` in [0, 1].
        progress: Called with the number of images measured since the last call.

    Raises:
        ConfigError: If the network does not accept the size of the images, its MLPs cannot be linearised, or its
            tokens are zero or not finite.
    """
    layers = range(network.num_layers)
    following = [min(layer + 1, network.num_layers - 1) for layer in layers]
    maps = {block: left_singular_vectors(network.linear_map(block).cpu()) for block in sorted(set(following))}
    grid = network.grid(batch)
    device = device_of(network)
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
                    f'layer {layer} of {network.describe()} gives tokens that are zero or not finite, at least half of '
                    'the patches of an image; check the weights.'
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
    """Return the energy ``(2, C)`` of outliers and ordinary tokens along the columns of ``left`` ``(C, C)``.

    ``patches`` are ``(B, N, C)``, ``outliers`` ``(B, N)`` bool.
    """
    ordinary = ~outliers  # never empty: at most half of the norms exceed the median
    weights = ordinary.to(patches.dtype)[..., None]
    means = (patches * weights).sum(dim=1, keepdim=True) / weights.sum(dim=1, keepdim=True)
    deviations = patches - means
    return torch.stack([(deviations[mask] @ left).square().sum(dim=0) for mask in (outliers, ordinary)])
