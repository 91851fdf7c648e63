"""A real teacher with artificial artifacts of known place, direction and strength."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.models.backbones.wrapped_backbone import WrappedBackbone
from singer_mm.registry import MODELS, build_model

DIRECTIONS = ('inside', 'outside', 'oblique')


@MODELS.register_module()
class PlantedArtifacts(WrappedBackbone):
    """A backbone that adds a long vector to some patch tokens after chosen blocks.

    The places are the patches of an image with the least variance of pixels, where ViTs put their own artifacts (Darcet
    et al., arXiv 2309.16588). A layer has one vector, or a few that the places take in turn. The next blocks get them
    as they get real artifacts. :attr:`backbone` is the same network without artifacts.

    Args:
        backbone: Config of the :class:`TokenBackbone`.
        layers: Blocks after which artifacts appear, 0-based, ascending.
        direction: ``inside`` the left nullspace of the linearised next block (for the last of ``layers``, the same
            block, as in the distillers): a random combination of the ``rank`` directions with the smallest singular
            values; ``outside``: of those with the largest ones; ``oblique``: the sum of both, at 45 degrees.
        strength: Length of the vector, as a multiple of the median patch norm of the image.
        share: Share of the patches of an image, rounded up.
        rank: Number of directions that count as nullspace.
        seed: Seed of the random combinations.
        num_vectors: Number of vectors of each layer. The patch with the least variance gets the first vector, the next
            patch the second one, and so on in turn.

    Attributes:
        vectors: Layer to unit vectors ``(num_vectors, C)``.

    Raises:
        ConfigError: If a value is out of range.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        layers: Sequence[int],
        direction: str = 'inside',
        strength: float = 5.0,
        share: float = 0.05,
        rank: int = 64,
        seed: int = 0,
        num_vectors: int = 1,
    ) -> None:
        if direction not in DIRECTIONS:
            raise ConfigError(f'PlantedArtifacts: direction is {direction!r}; allowed: {", ".join(DIRECTIONS)}.')
        if not 0 < share < 1 or strength <= 0:
            raise ConfigError(
                f'PlantedArtifacts: share is {share} and strength {strength}; allowed: a share between 0 and 1, '
                'exclusive, and a positive strength.'
            )
        if num_vectors < 1:
            raise ConfigError(f'PlantedArtifacts: num_vectors is {num_vectors}; allowed: 1 and more.')
        super().__init__(build_model(backbone))
        self.direction = direction
        if not 1 <= rank <= self.embed_dims // 2:
            raise ConfigError(f'PlantedArtifacts: rank is {rank}; allowed: 1 to {self.embed_dims // 2}.')
        self.layers = sorted({self.check_layer(layer) for layer in layers})
        if self.layers != list(layers) or not self.layers:
            raise ConfigError(f'PlantedArtifacts: layers is {list(layers)}; give different layers in ascending order.')
        self.strength = strength
        self.share = share
        self.rank = rank
        generator = torch.Generator().manual_seed(seed)
        self.vectors = {layer: self._unit_vectors(layer, num_vectors, generator) for layer in self.layers}

    def _unit_vectors(self, layer: int, number: int, generator: torch.Generator) -> Tensor:
        next_block = layer if layer == self.layers[-1] else layer + 1
        left = torch.linalg.svd(self.backbone.linear_map(next_block).detach().double())[0]
        draws = [torch.randn(2, self.rank, dtype=torch.float64, generator=generator) for _ in range(number)]
        inside, outside = F.normalize(torch.stack(draws), dim=-1).unbind(dim=1)  # (number, rank) each
        within, without = inside @ left[:, -self.rank :].T, outside @ left[:, : self.rank].T
        vectors = {'inside': within, 'outside': without, 'oblique': (within + without) / 2**0.5}[self.direction]
        return vectors.float()

    def describe(self) -> str:
        """Return the name of the backbone and the direction of its artifacts."""
        return f'{self.backbone.describe()} with artifacts {self.direction} the nullspace'

    def places(self, images: Tensor) -> Tensor:
        """Return which patch gets which vector, ``(B, N, num_vectors)`` bool, of ``images`` ``(B, 3, H, W)``."""
        patches = F.unfold(images.float(), self.patch_size, stride=self.patch_size)  # (B, 3 * p * p, N)
        number = -int(-self.share * patches.shape[-1] // 1)
        plainest = patches.var(dim=1).topk(number, largest=False).indices  # (B, number), the least variance first
        num_vectors = len(self.vectors[self.layers[0]])
        places = patches.new_zeros(*patches[:, 0].shape, num_vectors, dtype=torch.bool)
        for nth in range(num_vectors):
            places[..., nth].scatter_(1, plainest[:, nth::num_vectors], True)
        return places

    def plant(self, layer: int, tokens: Tensor, places: Tensor) -> Tensor:
        """Return ``tokens`` ``(B, P+N, C)`` of ``layer`` with its artifacts at ``places`` ``(B, N, num_vectors)``."""
        norms = tokens[:, self.num_prefix_tokens :].float().norm(dim=-1)
        lengths = self.strength * norms.median(dim=1).values[:, None, None]  # (B, 1, 1)
        planted = tokens.clone()
        planted[:, self.num_prefix_tokens :] += (lengths * self.unit_vectors(layer, places)).to(tokens)
        return planted

    def unit_vectors(self, layer: int, places: Tensor) -> Tensor:
        """Return the direction of each patch's artifact, ``(B, N, C)`` of length 1; 0 where there is none."""
        return places.float() @ self.vectors[layer].to(places.device)

    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`."""
        wanted = sorted({self.check_layer(layer) for layer in layers})
        start = min(self.layers[0], wanted[-1])
        outputs = self.backbone.forward_tokens(images, sorted({start, *(layer for layer in wanted if layer < start)}))
        grid, places = self.grid(images), self.places(images)
        tokens = outputs[start]
        for layer in range(start, wanted[-1] + 1):
            if layer > start:
                tokens = self.forward_block(layer, tokens, grid)
            if layer in self.vectors:
                tokens = self.plant(layer, tokens, places)
            outputs[layer] = tokens
        return {layer: outputs[layer] for layer in wanted}
