"""The teacher's logits as the student's target."""

from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

KINDS = ('soft', 'hard')


@MODELS.register_module()
class LogitsLoss(nn.Module):
    """Soft or hard distillation of logits, averaged over images.

    ``soft``: ``T^2 KL(softmax(teacher / T) || softmax(student / T))`` (Hinton et al., arXiv 1503.02531, section 2; the
    factor ``T^2`` makes the gradient's size independent of ``T``). ``hard``: cross-entropy with the teacher's most
    likely class (DeiT, arXiv 2012.12877, equation 3 without the half for true labels).

    Args:
        kind: ``soft`` or ``hard``.
        temperature: ``T`` of ``soft``; ``hard`` has none.
        loss_weight: Factor of the result.

    Raises:
        ConfigError: If ``kind`` is unknown, ``temperature`` is not positive, or ``hard`` is given one.
    """

    def __init__(self, kind: str = 'soft', temperature: float = 1.0, loss_weight: float = 1.0) -> None:
        super().__init__()
        check_choice('LogitsLoss: kind', kind, KINDS)
        if temperature <= 0:
            raise ConfigError(f'LogitsLoss: temperature is {temperature}; it must be positive.')
        if kind == 'hard' and temperature != 1:
            raise ConfigError(f"LogitsLoss: temperature is {temperature} with kind='hard', which has none; remove it.")
        self.kind = kind
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Return the weighted scalar loss of logits ``(B, K)`` against the teacher's ``(B, K)``."""
        student, teacher = at_least_float32(student), at_least_float32(teacher)
        if self.kind == 'hard':
            return self.loss_weight * F.cross_entropy(student, teacher.argmax(dim=-1))
        student, teacher = ((logits / self.temperature).log_softmax(dim=-1) for logits in (student, teacher))
        divergence = F.kl_div(student, teacher, reduction='batchmean', log_target=True)
        return self.loss_weight * self.temperature**2 * divergence
