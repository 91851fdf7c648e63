"""How long and how fast each method of the planted experiment trains."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """The training schedule of each method.

    Attributes:
        steps: Number of steps.
        batch_size: Images of a step.
        learning_rate: Peak learning rate of AdamW, after a linear warm-up over the first tenth; then a cosine to zero.
        measured_after: Steps after which the distiller is measured, besides the last step.
    """

    steps: int = 100
    batch_size: int = 16
    learning_rate: float = 1e-3
    measured_after: tuple[int, ...] = ()

    def factor(self, step: int) -> float:
        """Return the factor of the learning rate in a step, counted from 0."""
        return min(1.0, (step + 1) / (0.1 * self.steps)) * 0.5 * (1 + math.cos(math.pi * step / self.steps))
