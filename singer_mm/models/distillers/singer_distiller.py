"""SiNGER: refine the frozen teacher's features, then distil them."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS, build_model

from .distill_features import DistillFeatures
from .feature_distiller import FeatureDistiller
from .patch_grids import Grid

REFINER = dict(type='NullspaceAdapter')
LOSS_OUTLIER = dict(type='OutlierLoss')
LOSS_INFO = dict(type='InfoLoss')


@MODELS.register_module()
class SiNGERDistiller(FeatureDistiller):
    """Student, projectors and refiners train together on ``L_KD + L_outlier + L_info`` (arXiv 2509.20986).

    The next block's output on the original features comes from the teacher's own pass, which runs to the last
    listed layer; only the refined features pass that block again, with gradients.

    With ``refiner``, ``loss_outlier`` and ``loss_info`` all None, it is a :class:`FeatureDistiller`.

    Args:
        teacher: See :class:`FeatureDistiller`.
        student: See :class:`FeatureDistiller`.
        teacher_layers: See :class:`FeatureDistiller`.
        refiner: Config of the refiner; one is built for each layer. None: unrefined features.
        loss_outlier: Config of the outlier loss; None: no such loss.
        loss_info: Config of the information loss; None: no such loss, and the next blocks do not run.
        **kwargs: Those of :class:`FeatureDistiller`.

    Raises:
        ConfigError: As :class:`FeatureDistiller`, and if the information loss needs more layers than are listed.
    """

    def __init__(
        self,
        teacher: dict[str, Any] | TokenBackbone,
        student: dict[str, Any] | TokenBackbone,
        teacher_layers: Sequence[int],
        refiner: dict[str, Any] | None = REFINER,
        loss_outlier: dict[str, Any] | None = LOSS_OUTLIER,
        loss_info: dict[str, Any] | None = LOSS_INFO,
        **kwargs: Any,
    ) -> None:
        super().__init__(teacher, student, teacher_layers, refiner=refiner, **kwargs)
        self.loss_outlier: nn.Module | None = None if loss_outlier is None else build_model(loss_outlier)
        self.loss_info: nn.Module | None = None if loss_info is None else build_model(loss_info)
        if getattr(self.loss_info, 'final_reference', None) == 'previous_refined' and len(self.teacher_layers) < 2:
            raise ConfigError(
                "InfoLoss with final_reference='previous_refined' compares two listed layers, but teacher_layers is "
                f"{self.teacher_layers}; list a second one or choose final_reference='teacher'."
            )

    @property
    def has_refiner_losses(self) -> bool:
        """Whether there is an outlier loss or an information loss."""
        return self.loss_outlier is not None or self.loss_info is not None

    def _followed_layers(self) -> list[int]:
        """Return the layers whose next block runs again on refined tokens, for the information loss."""
        return [] if self.loss_info is None else self.teacher_layers[:-1]

    def _wanted_layers(self) -> set[int]:
        return super()._wanted_layers() | {layer + 1 for layer in self._followed_layers()}

    def _next_features(
        self, outputs: Mapping[int, Tensor], refined: Mapping[int, Tensor], grid: Grid
    ) -> dict[str, dict[int, Tensor]]:
        followed = self._followed_layers()
        with self.teacher_precision():
            refined_next = {layer: self.teacher.forward_block(layer + 1, refined[layer], grid) for layer in followed}
        return dict(teacher_next={layer: outputs[layer + 1] for layer in followed}, refined_next=refined_next)

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the weighted losses by name."""
        losses = super().loss(features)
        if self.loss_outlier is not None:
            losses['loss_outlier'] = self.loss_outlier(features.patches(features.refined))
        if self.loss_info is not None:
            losses['loss_info'] = self.loss_info(
                features.refined,
                features.teacher,
                features.refined_next,
                features.teacher_next,
                features.num_patches,
            )
        return losses
