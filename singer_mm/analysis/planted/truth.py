"""Comparison of refined features and students with the teacher without artifacts."""

from collections.abc import Mapping

import torch
from torch import Tensor

from singer_mm.evaluation.similarity.explained_variance import explained_variance
from singer_mm.evaluation.similarity.patch_similarity import patch_cosine_correlation
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.losses.info_loss import patch_cosine_gram

from .planted_artifacts import PlantedArtifacts
from .recorded_teacher import RecordedTeacher

MEASURES = {
    'artifact left': 'energy along the planted direction at the planted patches, beside that of the clean teacher, '
    'as a share of what was planted; mean over layers',
    'information error': "RMS difference of the patch cosines of the next block's output on the refined features from "
    'those on the clean ones (last layer: of the features themselves); mean over layers',
    'target norm': "median patch norm of the refined features, as a share of that of the teacher's; mean over layers",
    'student distance': 'share of the variance of the clean last layer that no linear map of the student explains, '
    'fitted on training images, on held-out ones (1 - R2)',
    'resemblance': "correlation of the student's patch cosines with those of the clean teacher, held-out images",
}
"""Name to meaning of the results of :func:`measure_against_truth`."""


@torch.no_grad()
def measure_against_truth(distiller: FeatureDistiller, clean: RecordedTeacher, num_training: int) -> dict[str, float]:
    """Return the :data:`MEASURES` of a trained distiller; ``artifact left`` only if the teacher has planted artifacts.

    Args:
        distiller: In eval mode, with a :class:`RecordedTeacher`.
        clean: The same teacher without artifacts, with the same images.
        num_training: Number of training images, also for fitting the linear map; the other images are held out.
    """
    teacher = distiller.teacher
    assert isinstance(teacher, RecordedTeacher)
    held_out = torch.arange(num_training, len(teacher.images))
    images = teacher.select(held_out)
    features = distiller.extract(images)
    truth = clean.forward_tokens(clean.select(held_out), distiller.teacher_layers)
    measures = {}
    if isinstance(teacher.backbone, PlantedArtifacts):
        measures['artifact left'] = _artifact_left(teacher.backbone, features.refined, features.teacher, truth, images)
    measures['information error'] = _information_error(distiller, features.refined, truth, images)
    measures['target norm'] = _norm_kept(features.patches(features.refined), features.patches(features.teacher))
    student, teacher_patches = _last_patches(distiller, clean, held_out)
    fitted_on = _last_patches(distiller, clean, torch.arange(min(num_training, len(held_out))))
    measures['student distance'] = 1 - explained_variance(*fitted_on, student, teacher_patches)
    measures['resemblance'] = float(patch_cosine_correlation(student, teacher_patches).mean())
    return measures


def _norm_kept(refined: Mapping[int, Tensor], teacher: Mapping[int, Tensor]) -> float:
    shares = [refined[layer].norm(dim=-1).median() / teacher[layer].norm(dim=-1).median() for layer in teacher]
    return float(torch.stack(shares).mean())


def _last_patches(distiller: FeatureDistiller, clean: RecordedTeacher, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Return the patch tokens ``(B, N, C)`` of the last pair of layers: student, and clean teacher."""
    layer, student_layer = distiller.teacher_layers[-1], distiller.student_layers[-1]
    images = clean.select(indices)
    student = distiller.student.forward_tokens(distiller.student_inputs(images), [student_layer])[student_layer]
    teacher = clean.forward_tokens(images, [layer])[layer]
    number = teacher.shape[1] - clean.num_prefix_tokens
    return student[:, -number:].double(), teacher[:, -number:].double()


def _artifact_left(
    teacher: PlantedArtifacts,
    refined: Mapping[int, Tensor],
    planted: Mapping[int, Tensor],
    clean: Mapping[int, Tensor],
    images: Tensor,
) -> float:
    places = teacher.places(images)
    shares = []
    for layer in teacher.vectors:
        directions = teacher.unit_vectors(layer, places)  # (B, N, C)
        left, before = (
            ((tokens[layer] - clean[layer])[:, teacher.num_prefix_tokens :] * directions).sum(dim=-1).square().sum()
            for tokens in (refined, planted)
        )
        shares.append(float(left / before))
    return sum(shares) / len(shares)


def _information_error(
    distiller: FeatureDistiller, refined: Mapping[int, Tensor], clean: Mapping[int, Tensor], images: Tensor
) -> float:
    grid, errors = distiller.teacher.grid(images), []
    for layer in distiller.teacher_layers:
        pair = [refined[layer], clean[layer]]
        if layer != distiller.teacher_layers[-1]:
            pair = [distiller.teacher.forward_block(layer + 1, tokens, grid) for tokens in pair]
        grams = [patch_cosine_gram(tokens[:, distiller.teacher.num_prefix_tokens :]) for tokens in pair]
        errors.append(float(torch.sub(*grams).square().mean().sqrt()))
    return sum(errors) / len(errors)
