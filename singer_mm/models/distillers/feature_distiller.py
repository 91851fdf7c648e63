"""Plain feature distillation (FitNet): projected student tokens against the frozen teacher's."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.losses.kd_loss import KDLoss
from singer_mm.models.refiners import Refiner
from singer_mm.registry import MODELS, build_model

from .distill_features import DistillFeatures, common_tokens
from .distiller import Distiller
from .layer_pairs import pair_layers
from .patch_grids import Grid, check_grids_meet, resample_patches


@MODELS.register_module()
class FeatureDistiller(Distiller):
    """Teach a student the tokens of a frozen teacher at paired layers.

    Student parameters that no loss reaches (blocks beyond the last paired one, the final norm) are frozen, so that
    every trainable parameter gets a gradient; a borrowed student is not changed. If the patch grids of the networks
    differ, the student's is resampled to the teacher's.

    Args:
        teacher: See :class:`Distiller`.
        student: See :class:`Distiller`.
        teacher_layers: Teacher blocks to distil, 0-based, ascending.
        student_layers: Student blocks that learn them; default: paired by ``layer_map``.
        layer_map: ``depth`` or ``released``, see :func:`pair_layers`.
        projector: Config of the projector; one is built for each layer, with the widths filled in.
        loss_kd: Config of the distillation loss.
        refiner: Config of the :class:`Refiner`; one is built for each layer. Default: the student learns the unrefined
            features.
        detach_target: Stop the gradient of the distillation loss at the refiner, which can otherwise lower that loss
            by changing the target (an ablation; the paper does not stop it).
        **kwargs: Those of :class:`Distiller`.

    Raises:
        ConfigError: As :class:`Distiller`, and if layers do not exist or do not pair.
    """

    def __init__(
        self,
        teacher: dict[str, Any] | TokenBackbone,
        student: dict[str, Any] | TokenBackbone,
        teacher_layers: Sequence[int],
        student_layers: Sequence[int] | None = None,
        layer_map: str = 'depth',
        projector: dict[str, Any] | None = None,
        loss_kd: dict[str, Any] | None = None,
        refiner: dict[str, Any] | None = None,
        detach_target: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(teacher, student, **kwargs)
        self.teacher_layers = self._checked_layers('teacher_layers', teacher_layers, self.teacher)
        if student_layers is None:
            student_layers = pair_layers(
                layer_map, self.teacher_layers, self.teacher.num_layers, self.student.num_layers
            )
        self.student_layers = self._checked_layers('student_layers', student_layers, self.student)
        if len(self.teacher_layers) != len(self.student_layers):
            raise ConfigError(
                f'student_layers lists {len(self.student_layers)} layers for the {len(self.teacher_layers)} '
                'teacher_layers; give one for each.'
            )
        if not self.borrows_student:
            self._freeze_untrained_student(self.student_layers[-1])

        widths = dict(student_dims=self.student.embed_dims, teacher_dims=self.teacher.embed_dims)
        self.projectors = self._per_layer(projector or dict(type='LinearProjector'), **widths)
        self.refiners = nn.ModuleDict()
        if refiner is not None:
            self.refiners = self._per_layer(refiner, embed_dims=self.teacher.embed_dims)
        self.detach_target = detach_target
        self.loss_kd: nn.Module = build_model(loss_kd or dict(type='KDLoss'))
        if isinstance(self.loss_kd, KDLoss):
            self.loss_kd.prepare(self.teacher_layers, self.teacher.embed_dims)

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

    def _freeze_untrained_student(self, last_layer: int) -> None:
        self.student.train_up_to(last_layer, final_norm=False)
        if last_layer < self.student.num_layers - 1:
            print_log(
                f'student blocks {last_layer + 1} to {self.student.num_layers - 1} lie beyond the last paired layer: '
                'no loss trains them, they stay as they were initialised',
                logger='current',
                level=logging.WARNING,
            )

    def _per_layer(self, cfg: dict[str, Any], **sizes: int) -> nn.ModuleDict:
        """Build one module for each teacher layer, keyed by ``str(layer)``."""
        return nn.ModuleDict({str(layer): build_model({**cfg, **sizes}) for layer in self.teacher_layers})

    def next_block(self, layer: int) -> int:
        """Return the block whose nullspace refines ``layer``: the next one, or the layer itself for the last listed.

        The released code does the same; the paper does not define it for the last layer.
        """
        return layer if layer == self.teacher_layers[-1] else layer + 1

    def init_weights(self) -> None:
        """Start the refiners, then store the teacher's weights in ``teacher_dtype``.

        All other weights are already loaded or initialised. The Runner calls this before it loads or resumes. Refiners
        come first, since they need the teacher's full precision.

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
        super().init_weights()

    @property
    def has_refiner_losses(self) -> bool:
        """Whether the refiners have losses of their own, in addition to the distillation loss."""
        return False

    def _refiner(self, layer: int) -> Refiner:
        refiner = self.refiners[str(layer)]
        assert isinstance(refiner, Refiner)
        return refiner

    def losses(self, inputs: Tensor) -> dict[str, Tensor]:
        """Return the weighted losses, by name, of ``inputs`` ``(B, 3, H, W)``."""
        features = self.extract(inputs)
        with torch.autocast(inputs.device.type, enabled=False):
            return self.loss(features)

    def extract(self, inputs: Tensor, student_tokens: Mapping[int, Tensor] | None = None) -> DistillFeatures:
        """Run teacher, refiners and student.

        Args:
            inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
            student_tokens: Student layer to tokens ``(B, P+N, C)`` of these inputs; given, the student is not run.
        """
        outputs, grid = self._run_teacher(inputs)
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

    @torch.no_grad()
    def _run_teacher(self, inputs: Tensor) -> tuple[dict[int, Tensor], Grid]:
        """Return the teacher's tokens ``(B, P+N, C)`` of all layers that a step needs, and its patch grid."""
        images = self.teacher_inputs(inputs)
        grid = self.teacher.grid(images)
        with self.teacher_precision():
            return self.teacher.forward_tokens(images, sorted(self._wanted_layers())), grid

    def _wanted_layers(self) -> set[int]:
        """Return the teacher layers whose tokens one step needs."""
        sources = {self._refiner(layer).reads(layer) for layer in self.teacher_layers} if self.refiners else set()
        return {*self.teacher_layers, *sources}

    def _refine(self, layer: int, outputs: Mapping[int, Tensor], grid: Grid) -> Tensor:
        refiner = self._refiner(layer)
        source = refiner.reads(layer)
        # Only refiners that run the teacher's blocks again need the teacher's precision.
        with nullcontext() if source == layer else self.teacher_precision():
            return refiner.refine(outputs[source], self.teacher.num_prefix_tokens, grid)

    def _next_features(
        self, outputs: Mapping[int, Tensor], refined: Mapping[int, Tensor], grid: Grid
    ) -> dict[str, dict[int, Tensor]]:
        """Return further features of the teacher that a method needs, by field of :class:`DistillFeatures`."""
        return {}

    def _project_student(
        self, inputs: Tensor, grid: Grid, tokens: Mapping[int, Tensor] | None
    ) -> tuple[dict[int, Tensor], int]:
        """Return projected student tokens ``(B, P'+N, C)`` by teacher layer on the teacher's grid, and ``P'``."""
        images = self.student_inputs(inputs)
        student_grid = self.student.grid(images)
        check_grids_meet(grid, student_grid, self.teacher.describe(), self.student.describe())
        num_patches = student_grid[0] * student_grid[1]
        num_common = self.num_common_prefix_tokens
        if tokens is None:
            tokens = self.student.forward_tokens(images, self.student_layers)
        student = {}
        for layer, student_layer in zip(self.teacher_layers, self.student_layers, strict=True):
            common = common_tokens(tokens[student_layer], num_patches, num_common)
            student[layer] = self.projectors[str(layer)](resample_patches(common, num_common, student_grid, grid))
        return student, num_common

    @property
    def num_common_prefix_tokens(self) -> int:
        """Number of prefix tokens to compare: all if both networks have equally many, else only the CLS token."""
        prefixes = (self.teacher.num_prefix_tokens, self.student.num_prefix_tokens)
        return prefixes[0] if prefixes[0] == prefixes[1] else min(1, *prefixes)

    @contextmanager
    def statistics_of(
        self, parts: Iterable[dict[str, Any]], data_preprocessor: nn.Module | None = None
    ) -> Iterator[None]:
        """Update the running statistics with a whole batch; inside the context, its micro-batches are trained on.

        Standardised targets need the whole batch before its first micro-batch: one more pass of the teacher.

        Args:
            parts: The collated micro-batches.
            data_preprocessor: The data preprocessor for them; default: the distiller's own.
        """
        if not (isinstance(self.loss_kd, KDLoss) and self.loss_kd.standardizer is not None):
            yield
            return
        prepare = data_preprocessor or self.data_preprocessor
        with self.loss_kd.observed(self._observed_tokens(prepare(part, True)['inputs']) for part in parts):
            yield

    @torch.no_grad()
    def _observed_tokens(self, inputs: Tensor) -> dict[int, Tensor]:
        """Return the tokens that the running statistics are taken from, by layer."""
        outputs, grid = self._run_teacher(inputs)
        of_target = self._statistics_are_of_the_target
        return {
            layer: self._learnt(self._refine(layer, outputs, grid) if of_target else outputs[layer], grid[0] * grid[1])
            for layer in self.teacher_layers
        }

    @property
    def _statistics_are_of_the_target(self) -> bool:
        return bool(self.refiners) and isinstance(self.loss_kd, KDLoss) and self.loss_kd.statistics == 'target'

    def _learnt(self, tokens: Tensor, num_patches: int) -> Tensor:
        """Return the part of the teacher's tokens that the student learns."""
        return common_tokens(tokens, num_patches, self.num_common_prefix_tokens)

    def loss(self, features: DistillFeatures) -> dict[str, Tensor]:
        """Return the weighted losses by name."""
        self._observe(features)
        return {'loss_kd': self.distillation_loss(features.student, features)}

    def _observe(self, features: DistillFeatures) -> None:
        """Update the running statistics of the distillation loss with a training batch."""
        if self.training and isinstance(self.loss_kd, KDLoss):
            observed = features.refined if self._statistics_are_of_the_target else features.teacher
            self.loss_kd.observe(
                {layer: self._learnt(tokens, features.num_patches) for layer, tokens in observed.items()}
            )

    def distillation_loss(self, student: dict[int, Tensor], features: DistillFeatures) -> Tensor:
        """Return the weighted distillation loss of projected ``student`` tokens ``(B, P'+N, C)`` by teacher layer."""
        loss: Tensor = self.loss_kd(student, self._targets(features))
        return loss

    def _targets(self, features: DistillFeatures) -> dict[int, Tensor]:
        targets = {layer: self._learnt(value, features.num_patches) for layer, value in features.refined.items()}
        return {layer: target.detach() for layer, target in targets.items()} if self.detach_target else targets
