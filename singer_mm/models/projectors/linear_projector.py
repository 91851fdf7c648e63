"""The projector: from the student's width to the teacher's."""

from mmengine.model import BaseModule
from torch import Tensor, nn

from singer_mm.registry import MODELS


@MODELS.register_module()
class LinearProjector(BaseModule):
    """One linear layer on every token (FitNet's regressor for Transformers).

    The distiller passes both widths; a config does not contain them.

    Args:
        student_dims: Width of the student's tokens.
        teacher_dims: Width of the teacher's tokens.
    """

    def __init__(self, student_dims: int, teacher_dims: int) -> None:
        super().__init__()
        self.proj = nn.Linear(student_dims, teacher_dims)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens ``(B, T, teacher_dims)`` of tokens ``(B, T, student_dims)``."""
        projected: Tensor = self.proj(tokens)
        return projected
