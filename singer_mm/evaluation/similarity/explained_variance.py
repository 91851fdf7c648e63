"""The share of a teacher's variance that a linear map predicts from a student."""

import torch
from torch import Tensor

RIDGE = 1e-3


def explained_variance(student: Tensor, teacher: Tensor, new_student: Tensor, new_teacher: Tensor) -> float:
    """Return R2 on new tokens of the ridge regression from student to teacher tokens, over all channels.

    Widths and scales do not matter, and no projector is used, so students of all methods can be compared. The ridge is
    1e-3 of the mean variance of the student's channels.

    Args:
        student: ``(B, N, Cs)``.
        teacher: ``(B, N, Ct)``.
        new_student: ``(B', N, Cs)``.
        new_teacher: ``(B', N, Ct)``.
    """
    student, teacher, new_student, new_teacher = (
        tokens.flatten(0, 1) for tokens in (student, teacher, new_student, new_teacher)
    )
    centre, target = student.mean(0), teacher.mean(0)
    centred = student - centre
    gram = centred.T @ centred
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    weights = torch.linalg.solve(gram, centred.T @ (teacher - target))
    error = new_teacher - target - (new_student - centre) @ weights
    return 1 - float(error.square().sum() / (new_teacher - new_teacher.mean(0)).square().sum())
