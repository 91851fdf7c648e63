"""L_KD: the distance between the student's tokens and the (refined) teacher's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice
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

    The target can be normalised first; the projected student then learns the normalised target. With DINOv2-S the
    patch norms of the last block are 12 times those of block 8, so the plain sum of squares almost ignores block 8.

    Args:
        loss_weight: Factor of the result.
        reduction: ``mean_layers`` (SiNGER) or ``sum_layers`` (the released FitNet).
        normalization: Of the target. ``none`` (SiNGER); ``channel``: standardise each channel by the running mean and
            standard deviation; ``layer``: divide by one running standard deviation for each layer; ``token``:
            standardise each token over its channels (layer norm without weights).
        distance: ``mse`` over all channels, or ``cosine``: one minus the cosine of each pair of tokens.
        statistics: The tokens that ``channel`` and ``layer`` take their statistics from: ``teacher`` (unrefined) or
            ``target`` (refined; a refiner then cannot lower the loss by shrinking all tokens).
        layer_weights: Factor of each layer, in ascending order of layers; default: 1 for each.

    Raises:
        ConfigError: If a choice is unknown; in :meth:`prepare`, if the number of weights is not that of the layers.
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
        check_choice('KDLoss: reduction', reduction, REDUCTIONS)
        check_choice('KDLoss: normalization', normalization, NORMALIZATIONS)
        check_choice('KDLoss: distance', distance, DISTANCES)
        check_choice('KDLoss: statistics', statistics, STATISTICS)
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
        """Create the statistics of these teacher layers, of width ``embed_dims``; the distiller calls it."""
        if self.layer_weights is not None and len(self.layer_weights) != len(layers):
            raise ConfigError(
                f'KDLoss: layer_weights is {list(self.layer_weights)}, but {len(layers)} layers are distilled; give '
                'one weight for each.'
            )
        if self.normalization in ('channel', 'layer'):
            self.standardizer = FeatureStandardizer(layers, embed_dims, per_channel=self.normalization == 'channel')

    def observe(self, tokens: Mapping[int, Tensor]) -> None:
        """Update the running statistics with the tokens of a training batch, layer to ``(B, T, C)``."""
        if self.standardizer is not None and not self._observed:
            self.standardizer.observe(tokens)

    @contextmanager
    def observed(self, parts: Iterable[Mapping[int, Tensor]]) -> Iterator[None]:
        """Update the running statistics with a batch of equal micro-batches; inside the context they do not change.

        Args:
            parts: The tokens of each micro-batch, layer to ``(B, T, C)``; only one is in memory at a time.
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
