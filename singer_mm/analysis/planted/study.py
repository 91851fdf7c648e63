"""Methods times teachers times seeds, each method at its own learning rate."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mmengine.runner import set_random_seed
from torch import Tensor

from singer_mm.analysis.planted.experiment import Experiment, Schedule, record_clean
from singer_mm.analysis.planted.recorded_teacher import RecordedTeacher
from singer_mm.analysis.planted.trials import Measures, Trials
from singer_mm.models import TokenBackbone
from singer_mm.registry import build_model

CLEAN = 'none'
"""Name of the teacher without artifacts."""
CHOSEN_BY = 'student distance'
"""What a learning rate is chosen by, the least being best."""
TUNING_SEED = 1000
"""What learning rates are chosen on; no reported number is from it."""


class PlantedStudy:
    """Several distillers on several teachers that differ in their artifacts.

    A teacher is built and recorded when a training needs it, so that reading a finished study takes no time.

    Args:
        models: Title to the config of a distiller; all have the same layers.
        teachers: Name to the config of a teacher; :data:`CLEAN` is the one without artifacts.
        pixels: ``(n, 3, H, W)`` uint8.
        num_training: How many of the images are for training; all others are held out.
        trials: What has been trained before.
        advance: Called with a teacher's name and a title after each training, done or read.
    """

    def __init__(
        self,
        models: Mapping[str, dict[str, Any]],
        teachers: Mapping[str, dict[str, Any]],
        pixels: Tensor,
        num_training: int,
        trials: Trials,
        advance: Callable[[str, str], None],
    ) -> None:
        self.models = models
        self.teachers = teachers
        self.pixels = pixels
        self.num_training = num_training
        self.trials = trials
        self.advance = advance
        self._experiments: dict[str, Experiment] = {}
        self.layers: list[int] = next(iter(models.values()))['teacher_layers']

    def measure(self, teacher: str, title: str, schedule: Schedule, seed: int) -> Measures:
        """Return what one training gives."""
        settings = dict(
            model=self.models[title],
            teacher=self.teachers[teacher],
            weights=self._files_of_weights,
            schedule=asdict(schedule),
            seed=seed,
        )
        measures = self.trials.measure(
            settings, lambda: self._experiment(teacher).run(self.models[title], schedule, seed)
        )
        self.advance(teacher, title)
        return measures

    def best_rate(self, teacher: str, title: str, schedule: Schedule, rates: Sequence[float]) -> float:
        """Return the learning rate with the least :data:`CHOSEN_BY` on the :data:`TUNING_SEED`."""
        if len(rates) == 1:
            return rates[0]

        def distance(rate: float) -> float:
            measures = self.measure(teacher, title, replace(schedule, learning_rate=rate), TUNING_SEED)
            return measures[schedule.steps][CHOSEN_BY]

        return min(rates, key=distance)

    @functools.cached_property
    def _files_of_weights(self) -> dict[str, str]:
        """Path to digest, so that no trial outlives the weights that it was trained with."""
        networks = [self.teachers[CLEAN], *(model['student'] for model in self.models.values())]
        paths = {str(network['checkpoint']) for network in networks if network.get('checkpoint')}
        return {
            path: hashlib.sha256(file.read_bytes()).hexdigest()
            for path in sorted(paths)
            if (file := Path(path).expanduser()).is_file()  # else building the network says what is wrong
        }

    @functools.cached_property
    def _clean(self) -> RecordedTeacher:
        return record_clean(_build(self.teachers[CLEAN]), self.layers, self.pixels)

    def _experiment(self, teacher: str) -> Experiment:
        if teacher not in self._experiments:
            self._experiments.clear()  # a record takes some hundred megabytes, and teachers come one after another
            network = self._clean.backbone if teacher == CLEAN else _build(self.teachers[teacher])
            self._experiments[teacher] = Experiment(network, self._clean, self.layers, self.num_training)
        return self._experiments[teacher]


def _build(teacher: dict[str, Any]) -> TokenBackbone:
    """Build a teacher; without weights of its own it gets the same random ones each time."""
    set_random_seed(0)
    network: TokenBackbone = build_model(teacher)
    return network
