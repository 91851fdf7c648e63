"""L_KD: the student's tokens against the (refined) teacher's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

from .feature_standardizer import FeatureStandardizer, mean_moments, moments_of

REDUCTIONS = ('mean_layers', 'sum_layers')
NORMALIZATIONS = ('none', 'channel', 'layer', 'token')
DISTANCES = ('mse', 'cosine')
STATISTICS = ('teacher', 'target')


@MODELS.register_module()
class KDLoss(nn.Module):
    """Distance of all tokens of a layer, combined over layers (SiNGER, L_KD; FitNet's hint loss).

    The target can be put on one scale first, which the projected student then learns to meet. With DINOv2-S the patch
    norms of the last block are 12 times those of block 8, so that the plain sum of squares hardly sees the latter.

    Args:
        loss_weight: Factor of the result.
        reduction: ``mean_layers`` (SiNGER) or ``sum_layers`` (the released FitNet).
        normalization: Of the target: ``none`` (SiNGER); ``channel``: each channel standardised by the teacher's running
            mean and deviation; ``layer``: divided by one running deviation for each layer; ``token``: each token
            standardised over its channels (layer norm without weights).
        distance: ``mse`` over all channels, or ``cosine``: one minus the cosine of each pair of tokens.
        statistics: Of which tokens ``channel`` and ``layer`` take their statistics: ``teacher``, its own ones, or
            ``target``, the refined ones, so that a refiner gains nothing by making all of them shorter.
        layer_weights: Factor of each layer, in ascending order of layers; default: 1 for each.

    Raises:
        ConfigError: If a choice is unknown; in :meth:`prepare`, if there are more or fewer weights than layers.
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        reduction: str = 'mean_layers',
        normalization: str = 'none',
        distance: str = 'mse',
        layer_weights: Sequence[float] | None = None,
        statistics: str = 'teacher',
    ) -> None:
        super().__init__()
        for name, value, allowed in (
            ('reduction', reduction, REDUCTIONS),
            ('normalization', normalization, NORMALIZATIONS),
            ('distance', distance, DISTANCES),
            ('statistics', statistics, STATISTICS),
        ):
            if value not in allowed:
                raise ConfigError(f'KDLoss: {name} is {value!r}; allowed: {", ".join(allowed)}.')
        self.loss_weight = loss_weight
        self.reduction = reduction
        self.normalization = normalization
        self.distance = distance
        self.layer_weights = layer_weights
        self.statistics = statistics
        self.standardizer: FeatureStandardizer | None = None
        self._observed = False

    @property
    def keeps_space(self) -> bool:
        """Whether the projected student approaches the target itself, not a normalised one."""
        return self.normalization == 'none' and self.distance == 'mse'

    def prepare(self, layers: Sequence[int], embed_dims: int) -> None:
        """Make room for the statistics of these teacher layers, of width ``embed_dims``; the distiller calls it."""
        if self.layer_weights is not None and len(self.layer_weights) != len(layers):
            raise ConfigError(
                f'KDLoss: layer_weights is {list(self.layer_weights)}, but {len(layers)} layers are distilled; give '
                'one weight for each.'
            )
        if self.normalization in ('channel', 'layer'):
            self.standardizer = FeatureStandardizer(layers, embed_dims, per_channel=self.normalization == 'channel')

    def observe(self, tokens: Mapping[int, Tensor]) -> None:
        """Take the tokens of a training batch that ``statistics`` names, layer to ``(B, T, C)``."""
        if self.standardizer is not None and not self._observed:
            self.standardizer.observe(tokens)

    @contextmanager
    def observed(self, parts: Iterable[Mapping[int, Tensor]]) -> Iterator[None]:
        """Take a batch that is learnt in equal micro-batches into the running statistics; inside, keep them.

        Args:
            parts: The tokens of each micro-batch that ``statistics`` names, layer to ``(B, T, C)``; one is held at a
                time.
        """
        if self.standardizer is None:
            yield
            return
        moments = [{layer: moments_of(tokens) for layer, tokens in part.items()} for part in parts]
        self.standardizer.update({layer: mean_moments([part[layer] for part in moments]) for layer in moments[0]})
        self._observed = True
        try:
            yield
        finally:
            self._observed = False

    def forward(self, student: Mapping[int, Tensor], teacher: Mapping[int, Tensor]) -> Tensor:
        """Return the weighted scalar loss.

        Args:
            student: Teacher layer to projected student tokens, ``(B, T, C)``.
            teacher: Teacher layer to target tokens, ``(B, T, C)``.
        """
        per_layer = torch.stack(
            [self._distance(student[layer], self._target(layer, teacher[layer])) for layer in student]
        )
        if self.layer_weights is not None:
            per_layer = per_layer * per_layer.new_tensor(self.layer_weights)
        total = per_layer.mean() if self.reduction == 'mean_layers' else per_layer.sum()
        return self.loss_weight * total

    def _target(self, layer: int, tokens: Tensor) -> Tensor:
        tokens = at_least_float32(tokens)
        if self.standardizer is not None:
            standardized: Tensor = self.standardizer(layer, tokens)
            return standardized
        return F.layer_norm(tokens, tokens.shape[-1:]) if self.normalization == 'token' else tokens

    def _distance(self, student: Tensor, target: Tensor) -> Tensor:
        student = at_least_float32(student)
        if self.distance == 'cosine':
            return 1 - F.cosine_similarity(student, target, dim=-1).mean()
        return F.mse_loss(student, target)
