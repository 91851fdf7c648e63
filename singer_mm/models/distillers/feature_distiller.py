"""Plain feature distillation (FitNet): projected student tokens against the frozen teacher's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.losses.kd_loss import KDLoss
from singer_mm.models.refiners import Refiner
from singer_mm.registry import MODELS, build_model

from .features import DistillFeatures, common_tokens
from .layer_pairs import pair_layers
from .patch_grids import Grid, check_grids_meet, resample_patches
from .renormalization import Renormalization

TEACHER_DTYPES = (None, 'bfloat16')


@MODELS.register_module()
class FeatureDistiller(BaseModel):
    """Teach a student the tokens of a frozen teacher at paired layers.

    The teacher is no submodule: it moves with the distiller (``to``, ``double``), but optimizer, checkpoints and
    DDP never see it. Student parameters that no loss reaches (blocks beyond the last paired one, the final norm)
    are frozen, so that every trainable parameter gets a gradient.

    Each network gets images normalised by its own statistics, unless ``data_preprocessor`` is given: then both get
    what it yields. Where the networks see different patch grids, the student's is resampled to the teacher's.

    Args:
        teacher: Config of a :class:`TokenBackbone`.
        student: Config of a :class:`TokenBackbone`; or one that belongs to another model, as its task's backbone: then
            it is no submodule, and nothing of it is frozen.
        teacher_layers: Teacher blocks to distil, 0-based, ascending.
        student_layers: Their student blocks; paired by ``layer_map`` if left out.
        layer_map: ``depth`` or ``released``, see :func:`pair_layers`.
        projector: Config of the projector; one is built for each layer, with the widths filled in.
        loss_kd: Config of the distillation loss.
        refiner: Config of the :class:`Refiner`; one is built for each layer. Left out, the student learns the
            teacher's features as they are.
        detach_target: Keep the gradient of the distillation loss from the refiner, which can otherwise lower that loss
            by changing the target (an ablation; the paper lets it through).
        student_img_size: Size (height, width) to which images are resized for the student; default: as they come.
        teacher_dtype: ``bfloat16`` stores the teacher's matrix weights in bfloat16 and always runs it under autocast.
            Inside a bfloat16 run this is bit-identical to float32 storage, which autocast rounds anew in every step.
        data_preprocessor: Config of the data preprocessor; normalises for the teacher if left out.

    Raises:
        ConfigError: If layers do not exist or do not pair, or a choice is unknown.
    """

    def __init__(
        self,
        teacher: dict[str, Any],
        student: dict[str, Any] | TokenBackbone,
        teacher_layers: Sequence[int],
        student_layers: Sequence[int] | None = None,
        layer_map: str = 'depth',
        projector: dict[str, Any] | None = None,
        loss_kd: dict[str, Any] | None = None,
        refiner: dict[str, Any] | None = None,
        detach_target: bool = False,
        student_img_size: Sequence[int] | None = None,
        teacher_dtype: str | None = None,
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        if teacher_dtype not in TEACHER_DTYPES:
            raise ConfigError(f'teacher_dtype is {teacher_dtype!r}; allowed: None, "bfloat16".')
        frozen_teacher = _token_backbone('teacher', build_model(teacher)).freeze()
        mean, std = frozen_teacher.normalization
        super().__init__(
            data_preprocessor
            or dict(type='ImgDataPreprocessor', mean=[255 * v for v in mean], std=[255 * v for v in std])
        )
        # Past nn.Module's registration: no parameters, no state, no train mode from here.
        self.__dict__['teacher'] = frozen_teacher
        self.teacher_dtype = teacher_dtype
        borrowed = isinstance(student, TokenBackbone)
        if borrowed:
            self.__dict__['student'] = student
        else:
            self.student: TokenBackbone = _token_backbone('student', build_model(student))
        self.student_img_size = None if student_img_size is None else tuple(student_img_size)
        self._for_teacher: Renormalization | None = None
        self._for_student: Renormalization | None = None
        if data_preprocessor is None:
            self._renormalize_from(frozen_teacher.normalization)

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
        if not borrowed:
            self._freeze_untrained(self.student, self.student_layers[-1])

        widths = dict(student_dims=self.student.embed_dims, teacher_dims=frozen_teacher.embed_dims)
        self.projectors = self._per_layer(projector or dict(type='LinearProjector'), **widths)
        self.refiners = nn.ModuleDict()
        if refiner is not None:
            self.refiners = self._per_layer(refiner, embed_dims=frozen_teacher.embed_dims)
        self.detach_target = detach_target
        self.loss_kd: nn.Module = build_model(loss_kd or dict(type='KDLoss'))
        if isinstance(self.loss_kd, KDLoss):
            self.loss_kd.prepare(self.teacher_layers, frozen_teacher.embed_dims)

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
        return nn.ModuleDict({str(layer): build_model({**cfg, **sizes}) for layer in self.teacher_layers})

    def use_inputs_normalized_by(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Expect inputs with other statistics than the teacher's, as of images in [0, 255]."""
        self._renormalize_from(([value / 255 for value in mean], [value / 255 for value in std]))

    def _renormalize_from(self, statistics: tuple[Sequence[float], Sequence[float]]) -> None:
        self._for_teacher = Renormalization(statistics, self.teacher.normalization)
        self._for_student = Renormalization(statistics, self.student.normalization)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> FeatureDistiller:
        super()._apply(fn, recurse)
        self.teacher._apply(fn, recurse)
        return self

    def next_block(self, layer: int) -> int:
        """Return the block whose nullspace refines ``layer``: the next one, or for the last listed layer its own.

        So does the released code; the paper leaves the last layer open, which has no next block.
        """
        return layer if layer == self.teacher_layers[-1] else layer + 1

    def init_weights(self) -> None:
        """Finish the start: refiners look at the teacher, whose weights are then stored as ``teacher_dtype`` says.

        All other weights are already loaded or drawn. The Runner calls this before it loads or resumes. Refiners come
        first: they deserve the teacher's full precision.

        Raises:
            ConfigError: If refiners are to be trained but no loss reaches them.
        """
        trainable = any(parameter.requires_grad for parameter in self.refiners.parameters())
        if trainable and self.detach_target and not self.has_refiner_losses:
            raise ConfigError(
                'detach_target=True leaves the refiner without a loss; keep loss_outlier or loss_info of '
                'SiNGERDistiller, or freeze the refiner.'
            )
        for layer in self.teacher_layers:
            if self.refiners:
                self._refiner(layer).start(self.teacher, layer, self.next_block(layer))
        self.store_teacher_weights()

    @property
    def has_refiner_losses(self) -> bool:
        """Whether a loss of its own trains the refiners, beside the distillation loss."""
        return False

    def _refiner(self, layer: int) -> Refiner:
        refiner = self.refiners[str(layer)]
        assert isinstance(refiner, Refiner)
        return refiner

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

    def extract(self, inputs: Tensor, student_tokens: Mapping[int, Tensor] | None = None) -> DistillFeatures:
        """Run teacher, refiners and student.

        Args:
            inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
            student_tokens: Student layer to tokens ``(B, P+N, C)`` of these inputs; given, the student is not run.
        """
        images = self.teacher_inputs(inputs)
        grid = self.teacher.grid(images)
        with torch.no_grad(), self.teacher_precision():
            outputs = self.teacher.forward_tokens(images, sorted(self._wanted_layers()))
        teacher = {layer: outputs[layer] for layer in self.teacher_layers}
        refined = {layer: self._refine(layer, outputs, grid) for layer in teacher} if self.refiners else teacher
        student, num_common = self._project_student(inputs, grid, student_tokens)
        return DistillFeatures(
            teacher,
            refined,
            student,
            grid[0] * grid[1],
            num_common,
            **self._next_features(outputs, refined, grid),
        )

    def _wanted_layers(self) -> set[int]:
        """Return the teacher layers whose tokens one step needs."""
        sources = {self._refiner(layer).reads(layer) for layer in self.teacher_layers} if self.refiners else set()
        return {*self.teacher_layers, *sources}

    def _refine(self, layer: int, outputs: Mapping[int, Tensor], grid: Grid) -> Tensor:
        refiner = self._refiner(layer)
        source = refiner.reads(layer)
        # Only what runs the teacher's blocks again needs the teacher's precision.
        with nullcontext() if source == layer else self.teacher_precision():
            return refiner.refine(outputs[source], self.teacher.num_prefix_tokens, grid)

    def _next_features(
        self, outputs: Mapping[int, Tensor], refined: Mapping[int, Tensor], grid: Grid
    ) -> dict[str, dict[int, Tensor]]:
        """Return what else a method wants to know of the teacher, by field of :class:`DistillFeatures`."""
        return {}

    def _project_student(
        self, inputs: Tensor, grid: Grid, tokens: Mapping[int, Tensor] | None
    ) -> tuple[dict[int, Tensor], int]:
        """Return projected student tokens ``(B, P'+N, C)`` by teacher layer on the teacher's grid, and ``P'``."""
        images = self.student_inputs(inputs)
        student_grid = self.student.grid(images)
        check_grids_meet(grid, student_grid, self.teacher.describe(), self.student.describe())
        num_patches = student_grid[0] * student_grid[1]
        prefixes = (self.teacher.num_prefix_tokens, self.student.num_prefix_tokens)
        # Equal prefixes match one to one; else only the CLS tokens correspond.
        num_common = prefixes[0] if prefixes[0] == prefixes[1] else min(1, *prefixes)

        if tokens is None:
            tokens = self.student.forward_tokens(images, self.student_layers)
        student = {}
        for layer, student_layer in zip(self.teacher_layers, self.student_layers, strict=True):
            common = common_tokens(tokens[student_layer], num_patches, num_common)
            student[layer] = self.projectors[str(layer)](resample_patches(common, num_common, student_grid, grid))
        return student, num_common

    def teacher_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised for the teacher."""
        return inputs if self._for_teacher is None else self._for_teacher(inputs)

    def student_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised, and resized where asked for, for the student."""
        images = inputs if self._for_student is None else self._for_student(inputs)
        if self.student_img_size in (None, tuple(images.shape[-2:])):
            return images
        return F.interpolate(images, size=self.student_img_size, mode='bicubic', antialias=True)

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the weighted losses by name."""
        targets = features.targets()
        if self.detach_target:
            targets = {layer: target.detach() for layer, target in targets.items()}
        if self.training and isinstance(self.loss_kd, KDLoss):
            self.loss_kd.observe(features.common(features.teacher))
        return {'loss_kd': self.loss_kd(features.student, targets)}


def _token_backbone(key: str, network: Any) -> TokenBackbone:
    if not isinstance(network, TokenBackbone):
        raise ConfigError(
            f'{key} is a {type(network).__name__}, which has no patch tokens; allowed: a TokenBackbone such as TimmViT '
            '(docs/add_a_backbone.md).'
        )
    return network
