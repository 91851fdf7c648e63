"""The patch tokens that teacher and student are compared by: those of the last distilled pair of blocks."""

from __future__ import annotations

import torch
from torch import Tensor

from singer_mm.models.distillers import FeatureDistiller


@torch.no_grad()
def last_layer_patches(distiller: FeatureDistiller, inputs: Tensor) -> dict[str, Tensor]:
    """Return the patch tokens ``(B, N, C)`` of the last pair of layers, in float32 on the CPU.

    Args:
        distiller: A distiller in eval mode.
        inputs: ``(B, 3, H, W)``, as its data preprocessor yields them.

    Returns:
        ``teacher``; ``refined_teacher``, if anything refines; ``projected_student``, in the teacher's space;
        ``student``, the tokens of the exported network.
    """
    features = distiller.extract(inputs)
    layer, student_layer = distiller.teacher_layers[-1], distiller.student_layers[-1]
    student = distiller.student.forward_tokens(distiller.student_inputs(inputs), [student_layer])
    tokens = {'teacher': features.teacher[layer]}
    if features.refined is not features.teacher:
        tokens['refined_teacher'] = features.refined[layer]
    tokens |= {'projected_student': features.student[layer], 'student': student[student_layer]}
    return {name: value[:, -features.num_patches :].float().cpu() for name, value in tokens.items()}
