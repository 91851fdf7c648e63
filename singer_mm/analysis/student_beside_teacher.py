"""A student and its teacher, from a distillation run or from two networks, and what both see in the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.device import get_device
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from singer_mm.engine.config.image_size import shown_size, takes_any_size
from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.likeness import PatchViews
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.patch_grids import check_grids_meet, resample_patches
from singer_mm.runs.trained_run import distils_features, load_trained, read_run, untrained_distiller

from .networks import load_network, native_size


@dataclass(frozen=True)
class StudentBesideTeacher:
    """Two networks whose layers are compared.

    Attributes:
        teacher: In eval mode.
        student: In eval mode.
        pairs: ``(teacher layer, student layer)`` that belong together.
        distiller: Of a run: with its projectors and, maybe, refiners.
        size: Side in pixels at which the report of a run shows its images.
    """

    teacher: TokenBackbone
    student: TokenBackbone
    pairs: Sequence[tuple[int, int]]
    distiller: FeatureDistiller | None = None
    size: int | None = None

    @torch.no_grad()
    def look(self, batch: Tensor) -> PatchViews:
        """Return the patch tokens of all layers, in float32 on the CPU, on the teacher's patch grid.

        A run's student sees images of the size that its distiller gives it, any other one as many patches as the
        teacher. Where the grids differ nevertheless, the student's is resampled.

        Args:
            batch: Images ``(B, 3, S, S)`` in [0, 1].

        Raises:
            ConfigError: If the size does not fit one of the networks.
        """
        teacher, student = self.teacher, self.student
        batch = batch.to(get_device())
        if self.distiller is None:
            side = self._student_side(batch.shape[-1])
            resized = batch if side == batch.shape[-1] else resize(batch, [side, side], antialias=True).clamp(0, 1)
            for_teacher, for_student = teacher.normalize_images(batch), student.normalize_images(resized)
        else:
            pixels = list((255 * batch).round().byte())
            inputs = self.distiller.data_preprocessor({'inputs': pixels, 'data_samples': None}, False)['inputs']
            for_teacher, for_student = self.distiller.teacher_inputs(inputs), self.distiller.student_inputs(inputs)
        grid, student_grid = teacher.grid(for_teacher), student.grid(for_student)
        check_grids_meet(grid, student_grid, teacher.describe(), student.describe())
        teacher_tokens = teacher.forward_tokens(for_teacher, range(teacher.num_layers))
        student_tokens = student.forward_tokens(for_student, range(student.num_layers))
        refined: dict[int, Tensor] = {}
        projected: dict[int, Tensor] = {}
        if self.distiller is not None:
            features = self.distiller.extract(inputs, student_tokens)
            projected = features.patches(features.student)
            refined = {} if features.refined is features.teacher else features.patches(features.refined)
        own = {layer: value[:, teacher.num_prefix_tokens :] for layer, value in teacher_tokens.items()}
        resampled = {
            layer: resample_patches(value[:, student.num_prefix_tokens :], 0, student_grid, grid)
            for layer, value in student_tokens.items()
        }
        return PatchViews(_on_cpu(own), _on_cpu(resampled), self.pairs, _on_cpu(refined), _on_cpu(projected))

    def _student_side(self, side: int) -> int:
        if hasattr(self.student, 'vit') and not takes_any_size(self.student):
            return native_size(self.student)
        return side // self.teacher.patch_size * self.student.patch_size


def read_subjects(
    references: Sequence[str], teacher: str | None = None, layers: Sequence[int] | None = None
) -> list[StudentBesideTeacher]:
    """Return a student beside its teacher for each reference.

    Args:
        references: Work directories of distillation runs, or networks as :func:`load_network` takes them.
        teacher: Teacher of the latter, as :func:`load_network` takes it; that of the first run if left out.
        layers: Teacher layers, 0-based, that are paired by depth with those of the latter; if left out, the listed ones
            of the first run if its teacher is the one, else each quarter of the depth.

    Raises:
        SingerError: If something cannot be read, a layer does not exist, or a student has no teacher.
    """
    runs = {reference: read_subject(Path(reference)) for reference in references if Path(reference).is_dir()}
    first = next(iter(runs.values()), None)
    if teacher is not None:
        beside: TokenBackbone | None = load_network(teacher).to(get_device())
    else:
        beside = None if first is None else first.teacher
        layers = layers or (None if first is None else [layer for layer, _ in first.pairs])
    subjects = []
    for reference in references:
        if reference in runs:
            subjects.append(runs[reference])
            continue
        if beside is None:
            raise ConfigError(f'{reference} is no work directory of a distillation; name its teacher with --teacher.')
        student = load_network(reference).to(get_device())
        chosen = [beside.check_layer(layer) for layer in layers or quarters(beside.num_layers)]
        pairs = [(layer, same_depth(layer, beside.num_layers, student.num_layers)) for layer in chosen]
        subjects.append(StudentBesideTeacher(beside, student, pairs))
    return subjects


def read_subject(work_dir: Path) -> StudentBesideTeacher:
    """Return the student of a distillation run.

    Raises:
        SingerError: If the directory cannot be read or holds a run of another kind.
    """
    run = read_run(work_dir)
    if not distils_features(run):
        raise ConfigError(
            f'{work_dir} is no run of a feature distillation but of {run.config.model.type}; give its student as a '
            'file, and its teacher with --teacher.'
        )
    distiller = untrained_distiller(run)
    load_trained(distiller, run)
    pairs = list(zip(distiller.teacher_layers, distiller.student_layers, strict=True))
    size = shown_size(run.config, distiller)
    return StudentBesideTeacher(distiller.teacher, distiller.student, pairs, distiller, size)


def quarters(num_layers: int) -> list[int]:
    """Return the blocks at a quarter, a half, three quarters and the end of the depth."""
    return sorted({max(num_layers * quarter // 4 - 1, 0) for quarter in (1, 2, 3, 4)})


def same_depth(layer: int, num_layers: int, other_num_layers: int) -> int:
    """Return the block of another network at the relative depth of block ``layer``; all 0-based."""
    return max(round((layer + 1) / num_layers * other_num_layers) - 1, 0)


def _on_cpu(tokens: dict[int, Tensor]) -> dict[int, Tensor]:
    return {layer: value.float().cpu() for layer, value in tokens.items()}
