"""The pictures of a run, as PNG files with titles and captions."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from singer_mm.datasets.photographs import Photographs
from singer_mm.evaluation.similarity.feature_view import FeatureView, patch_at
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.pages.picture import Picture, save_picture
from singer_mm.pages.table import words
from singer_mm.runs.map_history import read_map_history
from singer_mm.runs.run_history import RunHistory
from singer_mm.visualization.patch_maps import draw_patch_cosine_maps, draw_patch_norm_maps
from singer_mm.visualization.run_curves import draw_diagnostics_curves, draw_loss_curves

NORMS_OF = ('teacher', 'refined_teacher', 'projected_student')
MOMENTS = 5
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
                "Statistics of the teacher's features, their refinement and the student, on training batches.",
            )
        )
    return pictures


def save_map_history(work_dir: Path, last: int, out: Path) -> list[Picture]:
    """Draw what ``FeatureMapHook`` kept of the student up to iteration ``last``; nothing without the hook."""
    moments = read_map_history(work_dir, MOMENTS, last)
    if not moments:
        return []
    arrays = moments[-1].arrays
    photos, mark = list(arrays['photographs']), tuple(arrays['mark'].tolist())
    cosines = {'teacher': list(arrays['cosines/teacher'])}
    cosines |= {f'iteration {moment.iteration}': list(moment.arrays['cosines/student']) for moment in moments}
    return [
        save_picture(
            draw_patch_cosine_maps(photos, cosines, [mark] * len(photos)),
            out / 'patch_cosine_history.png',
            'The student during training',
            'Cosine of every patch with the marked one, of the teacher and of the student at several iterations.',
            photographic=True,
        )
    ]


def save_feature_pictures(
    distiller: FeatureDistiller,
    photographs: Photographs,
    patches: Mapping[str, Tensor],
    correlations: Mapping[str, Mapping[str, float]],
    out: Path,
) -> list[Picture]:
    """Draw maps of the last distilled pair of blocks into the folder ``out``.

    ``patches``: model to patch tokens ``(B, N, C)``, see :func:`last_layer_patches`; ``correlations``: model to
    photograph to correlation with the teacher.
    """
    grid = distiller.teacher.grid(photographs.tensors[0])
    centre = patch_at((0.5, 0.5), grid)
    views = {name: FeatureView(name, tokens, grid) for name, tokens in patches.items()}
    norms = {words(name): views[name].norms() for name in NORMS_OF if name in patches}
    cosines = {words(name): views[name].cosines(centre) for name in COSINES_OF if name in patches}
    notes = {
        words(name): [correlations[name][photo] for photo in photographs.names]
        for name in COSINES_OF
        if name in correlations
    }
    teacher_layer, student_layer = distiller.teacher_layers[-1], distiller.student_layers[-1]
    images = photographs.pixels
    drawn = "is drawn through its projector, in the teacher's space"
    missing = 'is missing: its projector predicts a normalised target, whose lengths cannot be compared'
    student = f'The student {drawn if "projected_student" in patches else missing}.'
    return [
        save_picture(
            draw_patch_norm_maps(images, norms, f'teacher block {teacher_layer} ({distiller.teacher.embed_dims}-d)'),
            out / 'patch_norms.png',
            'Patch norms',
            'Length of each patch token, all on one colour scale. Single patches much longer than the rest are the '
            f'artifacts that SiNGER removes. {student}',
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
