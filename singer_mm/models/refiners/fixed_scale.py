"""Scale the teacher's patches by fixed factors: the control for a refiner that only shrinks its target."""

from collections.abc import Mapping

from torch import Tensor

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

from .refiner import Refiner


@MODELS.register_module()
class FixedScale(Refiner):
    """Multiply all patches of a layer by one fixed factor.

    A trained adapter also receives the gradient of the distillation loss and may simply scale its target down. This
    refiner only scales: with the final factors of a SiNGER run (``median_norm_ratio`` of its diagnostics), FitNet
    learns a target of the same size with unchanged outliers.

    Args:
        factors: Factor of each of the distiller's ``teacher_layers``; keys are layers as strings.
        embed_dims: Not needed; the distiller gives it to every refiner.

    Attributes:
        factor: Factor of the layer given to :meth:`start`; 1 before.

    Raises:
        ConfigError: If a factor is not positive.
    """

    def __init__(self, factors: Mapping[str, float], embed_dims: int | None = None) -> None:
        super().__init__()
        self.factors = {str(layer): float(factor) for layer, factor in factors.items()}
        for layer, factor in self.factors.items():
            if not factor > 0:
                raise ConfigError(f'FixedScale: the factor of layer {layer} is {factor}; allowed: positive numbers.')
        self.factor = 1.0

    def start(self, teacher: TokenBackbone, layer: int, next_block: int) -> None:
        """Choose the factor of ``layer``.

        Raises:
            ConfigError: If the layer is not listed.
        """
        if str(layer) not in self.factors:
            listed = ', '.join(self.factors) or 'none'
            raise ConfigError(
                f'FixedScale: factors lists the layers {listed}, but not layer {layer} of teacher_layers; add it.'
            )
        self.factor = self.factors[str(layer)]

    def forward(self, patches: Tensor) -> Tensor:
        """Return patch tokens ``(B, N, C)`` times the factor, of ``(B, N, C)``."""
        return patches * self.factor
