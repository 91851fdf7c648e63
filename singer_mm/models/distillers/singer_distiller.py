"""SiNGER: refine the frozen teacher's features, then distil them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

from .feature_distiller import FeatureDistiller
from .features import DistillFeatures


@MODELS.register_module()
class SiNGERDistiller(FeatureDistiller):
    """Student, projectors and refiners train together on ``L_KD + L_outlier + L_info`` (arXiv 2509.20986).

    The next block's output on the original features comes from the teacher's own pass, which runs to the last
    listed layer; only the refined features pass that block again, with gradients.

    Args:
        refiner: Config of the refiner; one is built for each layer.
        loss_outlier: Config of the outlier loss.
        loss_info: Config of the information loss.
        **kwargs: Those of :class:`FeatureDistiller`.

    Raises:
        ConfigError: As :class:`FeatureDistiller`, and if the information loss needs a layer more than is listed.
    """

    def __init__(
        self,
        *args: Any,
        refiner: dict[str, Any] | None = None,
        loss_outlier: dict[str, Any] | None = None,
        loss_info: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.refiners = self._per_layer(refiner or dict(type='NullspaceAdapter'), embed_dims=self.teacher.embed_dims)
        self.loss_outlier: nn.Module = MODELS.build(loss_outlier or dict(type='OutlierLoss'))
        self.loss_info: nn.Module = MODELS.build(loss_info or dict(type='InfoLoss'))
        if getattr(self.loss_info, 'final_reference', None) == 'previous_refined' and len(self.teacher_layers) < 2:
            raise ConfigError(
                "InfoLoss with final_reference='previous_refined' compares two listed layers, but teacher_layers is "
                f"{self.teacher_layers}; list a second one or choose final_reference='teacher'."
            )

    def next_block(self, layer: int) -> int:
        """Return the block whose nullspace refines ``layer``: the next one, or for the last listed layer its own.

        So does the released code; the paper leaves the last layer open, which has no next block.
        """
        return layer if layer == self.teacher_layers[-1] else layer + 1

    def init_weights(self) -> None:
        """Start every refiner from the linear map of its block, then do as :class:`FeatureDistiller`.

        The maps are taken first: they deserve the teacher's full precision.
        """
        for layer in self.teacher_layers:
            refiner: Any = self.refiners[str(layer)]
            refiner.init_from(self.teacher.linear_map(self.next_block(layer)))
        super().init_weights()

    def extract(self, inputs: Tensor) -> DistillFeatures:
        """Run teacher, refiners, the next blocks and the student on ``inputs`` ``(B, 3, H, W)``."""
        followed = self.teacher_layers[:-1]
        with torch.no_grad(), self.teacher_precision():
            outputs = self.teacher.forward_tokens(inputs, {*self.teacher_layers, *(layer + 1 for layer in followed)})
        teacher = {layer: outputs[layer] for layer in self.teacher_layers}
        refined = {layer: self._refine(layer, tokens) for layer, tokens in teacher.items()}
        grid = self.teacher.grid(inputs)
        with self.teacher_precision():
            refined_next = {layer: self.teacher.forward_block(layer + 1, refined[layer], grid) for layer in followed}
        teacher_next = {layer: outputs[layer + 1] for layer in followed}
        return self._with_student(inputs, teacher, refined, teacher_next=teacher_next, refined_next=refined_next)

    def _refine(self, layer: int, tokens: Tensor) -> Tensor:
        """Refine the patches of ``tokens`` ``(B, P+N, C)``; prefix tokens stay as they are."""
        num_prefix = self.teacher.num_prefix_tokens
        refined: Tensor = self.refiners[str(layer)](tokens[:, num_prefix:])
        return torch.cat([tokens[:, :num_prefix].to(refined.dtype), refined], dim=1)

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the three weighted losses by name."""
        return {
            **super().loss(features),
            'loss_outlier': self.loss_outlier(features.patches(features.refined)),
            'loss_info': self.loss_info(
                features.refined,
                features.teacher,
                features.refined_next,
                features.teacher_next,
                features.num_patches,
            ),
        }
