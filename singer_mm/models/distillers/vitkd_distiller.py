"""ViTKD: mimic the first layers, generate the last one."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS, build_model

from .distill_features import DistillFeatures
from .feature_distiller import FeatureDistiller
from .generated_features import GeneratedFeatures
from .patch_grids import Grid


@MODELS.register_module()
class ViTKDDistiller(FeatureDistiller):
    """The student mimics the first layers, and generates the last one from those of its patches that are not masked.

    ViTKD (Yang et al., arXiv 2209.02432, section 3; code yzd-v/cls_KD, ``vitkd.py``): the last of ``teacher_layers`` is
    generated, all before it are mimicked. Only patch tokens are used. Each layer has a linear projector.

    Three forms are shipped:

    - ``configs/vitkd/vitl_vitt.py``: the feature losses alone, without labels; projectors, generator and mask token are
      trained. Means of squared errors, all weights 1, no final norm, teacher blocks 0, 1 and the last.
    - ``configs/vitkd/*_released.py``: the rows of Table 1 of SiNGER's paper (class ``VITKD_O`` of its released code;
      AIRLABkhu/SiNGER). Squared errors summed over tokens and channels and divided by the batch size, weights alpha
      3e-5 and beta / lambda = 3e-6 / 0.5, teacher blocks 0, 2 and the last, no final norm, no labels. That class never
      passes projectors, generator and mask token to the optimizer: they keep their random initialisation
      (``train_projectors=False``), and the student learns features whose random projection resembles the teacher's.
    - ``configs/vitkd/vitl_vitt_published.py``: the method of ViTKD's authors, with the same sums and weights, the last
      layer after the final norm, and the loss on labels. It differs from their code in three points: there are
      projectors for equal widths, too; there is no NKD loss on logits (their configs enable it beside ViTKD, and their
      results with both are marked); recipe and augmentation are those of our other methods, not DeiT's 300 epochs with
      mixup and cutmix.

    Args:
        loss_kd: Config of the loss of the mimicked layers.
        generator: Config of the :class:`MaskedGenerator`.
        loss_generation: Config of the loss on generated patches.
        final_norm: Compare the last layer after the final norm of both networks, as the authors do. The norm's
            weights of the student are not trained: the projector has the same freedom.
        train_projectors: Train projectors, generator and mask token; False keeps their random initialisation.
        **kwargs: Those of :class:`FeatureDistiller`.

    Raises:
        ConfigError: As :class:`FeatureDistiller`, and if there is no layer to mimic.
    """

    def __init__(
        self,
        *args: Any,
        loss_kd: dict[str, Any] | None = None,
        generator: dict[str, Any] | None = None,
        loss_generation: dict[str, Any] | None = None,
        final_norm: bool = False,
        train_projectors: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{**kwargs, 'loss_kd': loss_kd or dict(type='TokenMSELoss')})
        if len(self.teacher_layers) < 2:
            raise ConfigError(
                f'teacher_layers is {self.teacher_layers}; ViTKD mimics all but the last of them, so list at least '
                'two, such as the first two blocks and the last one.'
            )
        self.final_norm = final_norm
        self.generator: Any = build_model(
            {'type': 'MaskedGenerator', **(generator or {}), 'embed_dims': self.teacher.embed_dims}
        )
        self.loss_generation: nn.Module = build_model(loss_generation or dict(type='TokenMSELoss'))
        self.projectors.requires_grad_(train_projectors)
        self.generator.requires_grad_(train_projectors)

    def extract(self, inputs: Tensor, student_tokens: Mapping[int, Tensor] | None = None) -> GeneratedFeatures:
        """See :meth:`FeatureDistiller.extract`; this also draws the masks and generates the hidden patches."""
        features = super().extract(inputs, student_tokens)
        patches = features.patches(features.student)[self.teacher_layers[-1]]
        mask: Tensor = self.generator.draw_mask(patches)
        generated = self.generator(patches, mask, self.teacher.grid(inputs))
        return GeneratedFeatures(**vars(features), generated=generated, mask=mask)

    def _learnt(self, tokens: Tensor, num_patches: int) -> Tensor:
        return tokens[:, -num_patches:]

    def _project_student(
        self, inputs: Tensor, grid: Grid, tokens: Mapping[int, Tensor] | None
    ) -> tuple[dict[int, Tensor], int]:
        if self.final_norm:
            if tokens is None:
                tokens = self.student.forward_tokens(self.student_inputs(inputs), self.student_layers)
            last = self.student_layers[-1]
            tokens = {**tokens, last: self.student.final_normalize(tokens[last])}
        return super()._project_student(inputs, grid, tokens)

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the weighted losses ``loss_kd`` (mimicking) and ``loss_generation``."""
        assert isinstance(features, GeneratedFeatures)
        last = self.teacher_layers[-1]
        self._observe(features)
        target = self._targets(features)[last]
        if self.final_norm:
            target = self.teacher.final_normalize(target)
        return {
            'loss_kd': self.distillation_loss(features.student, features),
            'loss_generation': self.loss_generation({last: features.generated}, {last: target}, {last: features.mask}),
        }

    def distillation_loss(self, student: dict[int, Tensor], features: DistillFeatures) -> Tensor:
        """Return the weighted mimicking loss: patches of all layers except the last."""
        mimicked = self.teacher_layers[:-1]
        patches, targets = features.patches(student), self._targets(features)
        loss: Tensor = self.loss_kd(
            {layer: patches[layer] for layer in mimicked}, {layer: targets[layer] for layer in mimicked}
        )
        return loss
