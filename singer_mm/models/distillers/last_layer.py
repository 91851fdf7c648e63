"""The patch tokens of the last distilled pair of blocks, to compare teacher and student."""

import torch
from torch import Tensor

from singer_mm.models import KDLoss
from singer_mm.models.distillers import FeatureDistiller

from .patch_grids import resample_patches


@torch.no_grad()
def last_layer_patches(distiller: FeatureDistiller, inputs: Tensor) -> dict[str, Tensor]:
    """Return the patch tokens ``(B, N, C)`` of the last pair of layers, in float32 on the CPU.

    Args:
        distiller: A distiller in eval mode.
        inputs: ``(B, 3, H, W)``, as its data preprocessor yields them.

    Returns:
        On the teacher's grid: ``teacher``; ``refined_teacher``, if there is a refiner; ``projected_student``, if it is
        in the teacher's space (not with a loss on normalised targets); ``student``, the tokens of the exported network.
    """
    features = distiller.extract(inputs)
    layer, student_layer = distiller.teacher_layers[-1], distiller.student_layers[-1]
    images = distiller.student_inputs(inputs)
    student = distiller.student.forward_tokens(images, [student_layer])[student_layer]
    grids = distiller.student.grid(images), distiller.teacher.grid(inputs)
    tokens = {'teacher': features.teacher[layer]}
    if features.refined is not features.teacher:
        tokens['refined_teacher'] = features.refined[layer]
    if not isinstance(distiller.loss_kd, KDLoss) or distiller.loss_kd.keeps_space:
        tokens['projected_student'] = features.student[layer]
    tokens['student'] = resample_patches(student, distiller.student.num_prefix_tokens, *grids)
    return {name: value[:, -features.num_patches :].float().cpu() for name, value in tokens.items()}
