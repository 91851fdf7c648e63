"""Layer-wise learning rates for a backbone inside any model."""

from collections.abc import Callable
from typing import Any

from mmpretrain.engine.optimizers import LearningRateDecayOptimWrapperConstructor
from torch import nn

from singer_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayConstructor(LearningRateDecayOptimWrapperConstructor):
    """mmpretrain's constructor, which does all the work; only the depth of a parameter comes from another place.

    mmpretrain's own (1.2 and 1.3) asks the model for the depth, which only mmpretrain's classifiers know; this one asks
    the model's :class:`TokenBackbone`, so it also serves detectors and segmentors.
    """

    def add_params(
        self,
        params: list[dict[str, Any]],
        module: nn.Module,
        prefix: str = '',
        get_layer_depth: Callable[[str], tuple[int, int]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add a group for each parameter of ``module`` to ``params``."""
        backbone: Any = getattr(module, 'backbone', None)  # of the model; for its parts, get_layer_depth is given
        super().add_params(params, module, prefix, get_layer_depth or backbone.get_layer_depth, **kwargs)
