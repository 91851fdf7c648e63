"""The pictures of a run, as PNG files with the words around them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from singer_mm.datasets.photographs import Photographs
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.losses.info_loss import patch_cosine_gram
from singer_mm.pages.picture import Picture, save_picture
from singer_mm.pages.table import words
from singer_mm.runs.run_history import RunHistory
from singer_mm.visualization import (
    draw_diagnostics_curves,
    draw_loss_curves,
    draw_patch_cosine_maps,
    draw_patch_norm_maps,
)

NORMS_OF = ('teacher', 'refined_teacher', 'projected_student')
COSINES_OF = ('teacher', 'refined_teacher', 'student', 'untrained_student')


def save_history_pictures(history: RunHistory, out: Path) -> list[Picture]:
    """Draw the curves of a run into the folder ``out``."""
    pictures = [
        save_picture(
            draw_loss_curves(history.losses),
            out / 'losses.png',
            'Losses',
            'Each loss as weighted in the sum. A loss that spans more than a decade has a logarithmic axis.',
        )
    ]
    if history.diagnostics:
        pictures.append(
            save_picture(
                draw_diagnostics_curves(history.diagnostics),
                out / 'diagnostics.png',
                'Diagnostics',
                "What happens to the teacher's features on their way to the student, on training batches.",
            )
        )
    return pictures


def save_feature_pictures(
    distiller: FeatureDistiller,
    photographs: Photographs,
    patches: Mapping[str, Tensor],
    correlations: Mapping[str, Mapping[str, float]],
    out: Path,
) -> list[Picture]:
    """Draw maps of the last distilled pair of blocks into the folder ``out``.

    Args:
        distiller: Whose blocks they are.
        photographs: The images.
        patches: Model to patch tokens ``(B, N, C)``, see :func:`last_layer_patches`.
        correlations: Model to photograph to correlation with the teacher.
        out: Folder of the pictures.
    """
    grid = distiller.teacher.grid(photographs.tensors[0])
    centre = (grid[0] // 2, grid[1] // 2)
    marked = centre[0] * grid[1] + centre[1]
    norms = {words(name): as_maps(patches[name].norm(dim=-1), grid) for name in NORMS_OF if name in patches}
    cosines = {
        words(name): as_maps(patch_cosine_gram(patches[name])[:, marked], grid)
        for name in COSINES_OF
        if name in patches
    }
    notes = {
        words(name): [correlations[name][photo] for photo in photographs.names]
        for name in COSINES_OF
        if name in correlations
    }
    teacher_layer, student_layer = distiller.teacher_layers[-1], distiller.student_layers[-1]
    images = photographs.pixels
    drawn = "is drawn through its projector, in the teacher's space"
    missing = 'is missing: its projector meets a normalised target, whose lengths do not compare'
    student = f'The student {drawn if "projected_student" in patches else missing}.'
    return [
        save_picture(
            draw_patch_norm_maps(images, norms, f'teacher block {teacher_layer} ({distiller.teacher.embed_dims}-d)'),
            out / 'patch_norms.png',
            'Patch norms',
            'Length of each patch token, all on one colour scale. Single patches much longer than the rest are the '
            f'artifacts that SiNGER is after. {student}',
            photographic=True,
        ),
        save_picture(
            draw_patch_cosine_maps(images, cosines, [centre] * len(images), notes),
            out / 'patch_cosine.png',
            'Patch cosines',
            f'Cosine of every patch with the marked one, after block {teacher_layer} of the teacher and block '
            f'{student_layer} of the student (as exported, without projector). The number below a map is the '
            "correlation between all patch cosines of that photograph and the teacher's.",
            photographic=True,
        ),
    ]


def as_maps(values: Tensor, grid: tuple[int, int]) -> list[NDArray[Any]]:
    """Arrange one value per patch, ``(B, N)``, as ``B`` maps of ``grid`` (rows, columns)."""
    return list(values.reshape(-1, *grid).numpy())
