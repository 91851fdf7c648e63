"""Plain feature distillation (FitNet): projected student tokens against the frozen teacher's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.registry import MODELS

from .features import DistillFeatures, common_tokens
from .layer_pairs import pair_layers

TEACHER_DTYPES = (None, 'bfloat16')


@MODELS.register_module()
class FeatureDistiller(BaseModel):
    """Teach a student the tokens of a frozen teacher at paired layers.

    The teacher is no submodule: it moves with the distiller (``to``, ``double``), but optimizer, checkpoints and
    DDP never see it. Student parameters that no loss reaches (blocks beyond the last paired one, the final norm)
    are frozen, so that every trainable parameter gets a gradient.

    Each network gets images normalised by its own statistics, unless ``data_preprocessor`` is given: then both get
    what it yields.

    Args:
        teacher: Config of a :class:`TokenBackbone`.
        student: Config of a :class:`TokenBackbone`.
        teacher_layers: Teacher blocks to distil, 0-based, ascending.
        student_layers: Their student blocks; paired by ``layer_map`` if left out.
        layer_map: ``depth`` or ``released``, see :func:`pair_layers`.
        projector: Config of the projector; one is built for each layer, with the widths filled in.
        loss_kd: Config of the distillation loss.
        teacher_dtype: ``bfloat16`` stores the teacher's matrix weights in bfloat16 and always runs it under autocast.
            Inside a bfloat16 run this is bit-identical to float32 storage, which autocast rounds anew in every step.
        data_preprocessor: Config of the data preprocessor; normalises for the teacher if left out.

    Raises:
        ConfigError: If layers do not exist or do not pair, or a choice is unknown.
    """

    def __init__(
        self,
        teacher: dict[str, Any],
        student: dict[str, Any],
        teacher_layers: Sequence[int],
        student_layers: Sequence[int] | None = None,
        layer_map: str = 'depth',
        projector: dict[str, Any] | None = None,
        loss_kd: dict[str, Any] | None = None,
        teacher_dtype: str | None = None,
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        if teacher_dtype not in TEACHER_DTYPES:
            raise ConfigError(f'teacher_dtype is {teacher_dtype!r}; allowed: None, "bfloat16".')
        frozen_teacher: TokenBackbone = MODELS.build(teacher).freeze()
        mean, std = frozen_teacher.normalization
        super().__init__(
            data_preprocessor
            or dict(type='ImgDataPreprocessor', mean=[255 * v for v in mean], std=[255 * v for v in std])
        )
        # Past nn.Module's registration: no parameters, no state, no train mode from here.
        self.__dict__['teacher'] = frozen_teacher
        self.teacher_dtype = teacher_dtype
        self.student: TokenBackbone = MODELS.build(student)
        self._renormalization = None if data_preprocessor else self._renormalize_for_student()

        self.teacher_layers = self._checked_layers('teacher_layers', teacher_layers, frozen_teacher)
        if student_layers is None:
            student_layers = pair_layers(
                layer_map, self.teacher_layers, frozen_teacher.num_layers, self.student.num_layers
            )
        self.student_layers = self._checked_layers('student_layers', student_layers, self.student)
        if len(self.teacher_layers) != len(self.student_layers):
            raise ConfigError(
                f'student_layers lists {len(self.student_layers)} layers for the {len(self.teacher_layers)} '
                'teacher_layers; give one for each.'
            )
        self._freeze_untrained(self.student, self.student_layers[-1])

        widths = dict(student_dims=self.student.embed_dims, teacher_dims=frozen_teacher.embed_dims)
        self.projectors = self._per_layer(projector or dict(type='LinearProjector'), **widths)
        self.loss_kd: nn.Module = MODELS.build(loss_kd or dict(type='KDLoss'))

    @staticmethod
    def _checked_layers(key: str, layers: Sequence[int], backbone: TokenBackbone) -> list[int]:
        if not layers or sorted(set(layers)) != list(layers):
            raise ConfigError(f'{key} is {list(layers)}; list at least one layer, in ascending order, none twice.')
        for layer in layers:
            if not 0 <= layer < backbone.num_layers:
                raise ConfigError(
                    f'{key} names layer {layer}, but {backbone.describe()} has only the layers 0 to '
                    f'{backbone.num_layers - 1}.'
                )
        return list(layers)

    @staticmethod
    def _freeze_untrained(student: TokenBackbone, last_layer: int) -> None:
        untrained = student.parameters_beyond(last_layer)
        for parameter in untrained.values():
            parameter.requires_grad_(False)
        if last_layer < student.num_layers - 1:
            print_log(
                f'student blocks {last_layer + 1} to {student.num_layers - 1} lie beyond the last paired layer: '
                'no loss trains them, they stay as they were initialised',
                logger='current',
                level=logging.WARNING,
            )

    def _per_layer(self, cfg: dict[str, Any], **sizes: int) -> nn.ModuleDict:
        """Build one module for each teacher layer, keyed by ``str(layer)``."""
        return nn.ModuleDict({str(layer): MODELS.build({**cfg, **sizes}) for layer in self.teacher_layers})

    def _renormalize_for_student(self) -> tuple[Tensor, Tensor] | None:
        """Return ``(scale, shift)``, ``(3, 1, 1)`` each, from the teacher's statistics to the student's."""
        if self.teacher.normalization == self.student.normalization:
            return None
        (mean_t, std_t), (mean_s, std_s) = (
            [torch.tensor(values).view(3, 1, 1) for values in network.normalization]
            for network in (self.teacher, self.student)
        )
        return std_t / std_s, (mean_t - mean_s) / std_s

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> FeatureDistiller:
        super()._apply(fn, recurse)
        self.teacher._apply(fn, recurse)
        return self

    def init_weights(self) -> None:
        """Finish the start: weights are already loaded or drawn; the teacher's are stored as ``teacher_dtype`` says.

        The Runner calls this before it loads or resumes.
        """
        self.store_teacher_weights()

    def store_teacher_weights(self) -> None:
        """Store the teacher's matrix weights in ``teacher_dtype``; norms, embeddings and LayerScale stay as they are.

        Only what autocast would round in any case is rounded, so that outputs under autocast do not change.
        """
        if self.teacher_dtype is None:
            return
        for module in self.teacher.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.to(getattr(torch, self.teacher_dtype))

    def teacher_precision(self) -> AbstractContextManager[Any]:
        """Return the context in which the teacher's blocks run."""
        if self.teacher_dtype is None:
            return nullcontext()
        device = next(self.teacher.parameters()).device
        return torch.autocast(device.type, dtype=getattr(torch, self.teacher_dtype))

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'loss') -> dict[str, Tensor]:
        """Return the weighted losses of a batch.

        Args:
            inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
            data_samples: Not used: distillation needs no labels.
            mode: ``loss``; MMEngine's other modes mean nothing here.

        Raises:
            ConfigError: If ``mode`` is another, or the input size does not fit the networks.
        """
        if mode != 'loss':
            raise ConfigError(f"mode is {mode!r}; a distiller only has mode='loss', evaluate the exported student.")
        features = self.extract(inputs)
        with torch.autocast(inputs.device.type, enabled=False):
            return self.loss(features)

    def extract(self, inputs: Tensor) -> DistillFeatures:
        """Run teacher, refiner and student on ``inputs`` ``(B, 3, H, W)``."""
        with torch.no_grad(), self.teacher_precision():
            teacher = self.teacher.forward_tokens(inputs, self.teacher_layers)
        return self._with_student(inputs, {layer: teacher[layer] for layer in self.teacher_layers})

    def _with_student(
        self,
        inputs: Tensor,
        teacher: dict[int, Tensor],
        refined: dict[int, Tensor] | None = None,
        **more: dict[int, Tensor],
    ) -> DistillFeatures:
        """Run the student and gather all features; ``refined`` is ``teacher`` where nothing refines."""
        teacher_grid, student_grid = self.teacher.grid(inputs), self.student.grid(inputs)
        if teacher_grid != student_grid:
            raise ConfigError(
                f'{self.teacher.describe()} sees {teacher_grid[0]}x{teacher_grid[1]} patches, but '
                f'{self.student.describe()} sees {student_grid[0]}x{student_grid[1]}; give the student '
                f'patch_size={self.teacher.patch_size}.'
            )
        num_patches = teacher_grid[0] * teacher_grid[1]
        prefixes = (self.teacher.num_prefix_tokens, self.student.num_prefix_tokens)
        # Equal prefixes match one to one; else only the CLS tokens correspond.
        num_common = prefixes[0] if prefixes[0] == prefixes[1] else min(1, *prefixes)

        tokens = self.student.forward_tokens(self.student_inputs(inputs), self.student_layers)
        student = {
            layer: self.projectors[str(layer)](common_tokens(tokens[student_layer], num_patches, num_common))
            for layer, student_layer in zip(self.teacher_layers, self.student_layers, strict=True)
        }
        return DistillFeatures(teacher, refined or teacher, student, num_patches, num_common, **more)

    def student_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised for the student."""
        if self._renormalization is None:
            return inputs
        scale, shift = (values.to(inputs) for values in self._renormalization)
        return inputs * scale + shift

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the weighted losses by name."""
        return {'loss_kd': self.loss_kd(features.student, features.targets())}
