"""A student and its teacher, from a distillation run or from two networks, and their features for the same images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from singer_mm.analysis.networks import device_of, has_fixed_size, load_network, native_size, pick_device
from singer_mm.engine.config.image_size import shown_size
from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.patch_views import PatchViews
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.patch_grids import check_grids_meet, resample_patches
from singer_mm.runs.trained_run import distils_features, read_run, trained_distiller

from .network_inputs import distiller_inputs, resize_images


@dataclass(frozen=True)
class StudentBesideTeacher:
    """Two networks whose layers are compared.

    Attributes:
        teacher: In eval mode.
        student: In eval mode.
        pairs: ``(teacher layer, student layer)`` to compare.
        distiller: The distiller of a run, with its projectors and refiners; None for two networks.
        size: Side of the images in the report of a run, in pixels; None for two networks.
    """

    teacher: TokenBackbone
    student: TokenBackbone
    pairs: Sequence[tuple[int, int]]
    distiller: FeatureDistiller | None = None
    size: int | None = None

    @torch.no_grad()
    def look(self, batch: Tensor) -> PatchViews:
        """Return the patch tokens of all layers, in float32 on the CPU, on the teacher's patch grid.

        The student of a run gets images of the size that its distiller chooses; any other student gets as many patches
        as the teacher. If the grids still differ, the student's tokens are resampled.

        Args:
            batch: Images ``(B, 3, S, S)`` in [0, 1].

        Raises:
            ConfigError: If one of the networks does not accept the size.
        """
        teacher, student = self.teacher, self.student
        if self.distiller is None:
            fixed = has_fixed_size(student)
            side = native_size(student) if fixed else batch.shape[-1] // teacher.patch_size * student.patch_size
            batch = batch.to(device_of(teacher))
            for_teacher = teacher.normalize_images(batch)
            for_student = student.normalize_images(resize_images(batch, (side, side)))
        else:
            inputs = distiller_inputs(self.distiller, batch)
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


def read_subjects(
    references: Sequence[str],
    teacher: str | None = None,
    layers: Sequence[int] | None = None,
    device: str = 'auto',
) -> list[StudentBesideTeacher]:
    """Return a student beside its teacher for each reference.

    Args:
        references: Work directories of distillation runs, or students as references of :func:`load_network`.
        teacher: Teacher of such students, as a reference of :func:`load_network`; None: the teacher of the first run.
        layers: Teacher layers, 0-based, to pair by depth with those of such students. None: the layers of the first run
            if its teacher is used, else each quarter of the depth.
        device: See :func:`pick_device`.

    Raises:
        SingerError: If something cannot be read, a layer does not exist, or a student has no teacher.
    """
    runs = {reference: read_subject(Path(reference), device) for reference in references if Path(reference).is_dir()}
    first = next(iter(runs.values()), None)
    if teacher is not None:
        beside: TokenBackbone | None = load_network(teacher, device)
    else:
        beside = None if first is None else first.teacher
        layers = layers or (None if first is None else [layer for layer, _ in first.pairs])
    subjects = []
    for reference in references:
        if reference in runs:
            subjects.append(runs[reference])
            continue
        if beside is None:
            raise ConfigError(f'{reference} is not the work directory of a run; give its teacher with --teacher.')
        student = load_network(reference, device)
        chosen = [beside.check_layer(layer) for layer in layers or quarters(beside.num_layers)]
        pairs = [(layer, same_depth(layer, beside.num_layers, student.num_layers)) for layer in chosen]
        subjects.append(StudentBesideTeacher(beside, student, pairs))
    return subjects


def read_subject(work_dir: Path, device: str = 'auto') -> StudentBesideTeacher:
    """Return the student and the teacher of a distillation run.

    Raises:
        SingerError: If the directory cannot be read, or its run trained no feature distiller.
    """
    run = read_run(work_dir)
    if not distils_features(run):
        raise ConfigError(
            f'{work_dir} trained a {run.config.model.type}, which is no feature distiller; give its student as a file '
            'and its teacher with --teacher.'
        )
    distiller = trained_distiller(run).to(pick_device(device))
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
