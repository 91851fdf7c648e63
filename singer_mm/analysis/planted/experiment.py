"""Methods trained on one teacher with planted artifacts."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.runner import set_random_seed
from torch import Tensor

from singer_mm.analysis.networks import device_of
from singer_mm.models import TokenBackbone
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.registry import build_model

from .recorded_teacher import RecordedTeacher
from .schedule import Schedule
from .truth import measure_against_truth


class Experiment:
    """One teacher and its images, on which methods are trained and measured.

    All trainings share one record of the teacher's tokens.

    Args:
        teacher: With planted artifacts, or without.
        clean: The same teacher without artifacts, recorded on the images.
        layers: Distilled blocks of the teacher.
        num_training: Number of training images; the other images are held out.
    """

    def __init__(self, teacher: TokenBackbone, clean: RecordedTeacher, layers: list[int], num_training: int) -> None:
        self.layers = layers
        self.num_training = num_training
        self.clean = clean
        self.teacher = RecordedTeacher(teacher.freeze(), clean.images, wanted_layers(layers))

    def run(self, model: dict[str, Any], schedule: Schedule, seed: int) -> dict[int, dict[str, float]]:
        """Train a distiller and measure it against the clean teacher.

        Initialisation and order of images depend only on the seed, so that methods are compared in pairs. Measuring
        during the training does not change it.

        Args:
            model: Config of the distiller; its teacher is replaced.
            schedule: The training schedule.
            seed: Seed of everything random.

        Returns:
            Number of steps to the result of :func:`measure_against_truth` after them, in ascending order.
        """
        set_random_seed(seed)
        distiller: FeatureDistiller = build_model({**model, 'teacher': self.teacher, 'teacher_layers': self.layers})
        distiller.to(self.clean.images.device).init_weights()
        distiller.train()
        parameters = [value for value in distiller.parameters() if value.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=schedule.learning_rate, weight_decay=1e-4)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule.factor)
        order = torch.Generator().manual_seed(seed)
        measures = {}
        for step in range(1, schedule.steps + 1):
            chosen = torch.randint(self.num_training, (schedule.batch_size,), generator=order)
            losses = distiller(self.teacher.select(chosen))
            optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            optimizer.step()
            scheduler.step()
            if step == schedule.steps or step in schedule.measured_after:
                measures[step] = measure_against_truth(distiller.eval(), self.clean, self.num_training)
                distiller.train()
        return measures


def wanted_layers(layers: Sequence[int]) -> list[int]:
    """Return the blocks that a distillation of ``layers`` reads: these, and the next block of each except the last."""
    return sorted({*layers, *(layer + 1 for layer in layers[:-1])})


def record_clean(teacher: TokenBackbone, layers: Sequence[int], pixels: Tensor) -> RecordedTeacher:
    """Record a teacher without artifacts, on its device, for ``pixels`` ``(n, 3, H, W)`` uint8."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in teacher.normalization)
    images = ((pixels / 255 - mean) / std).to(device_of(teacher))
    return RecordedTeacher(teacher.freeze(), images, wanted_layers(layers))
