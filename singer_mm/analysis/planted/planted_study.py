"""All methods on all teachers with all seeds, each method at its own learning rate."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import set_random_seed
from torch import Tensor

from singer_mm.models import TokenBackbone
from singer_mm.registry import build_model

from .experiment import Experiment, record_clean
from .recorded_teacher import RecordedTeacher
from .schedule import Schedule
from .trials import Measures, Trials

CLEAN = 'none'
"""Name of the teacher without artifacts."""
CHOSEN_BY = 'student distance'
"""The measure that decides about a learning rate; the smallest value is the best."""
TUNING_SEED = 1000
"""Seed of the trainings that decide about a learning rate; reported numbers have other seeds."""


class PlantedStudy:
    """Several distillers on several teachers that differ in their artifacts.

    A teacher is built and recorded when a training needs it, so that a finished study is read at once.

    Args:
        models: Title to the config of a distiller; all have the same layers.
        teachers: Name to the config of a teacher; :data:`CLEAN` is the one without artifacts.
        pixels: ``(n, 3, H, W)`` uint8.
        num_training: Number of training images; the other images are held out.
        trials: Results of earlier trainings.
        advance: Called with a teacher's name and a title after each training, also if its result was read.
        device: Where networks are trained.
    """

    def __init__(
        self,
        models: Mapping[str, dict[str, Any]],
        teachers: Mapping[str, dict[str, Any]],
        pixels: Tensor,
        num_training: int,
        trials: Trials,
        advance: Callable[[str, str], None],
        device: torch.device | str = 'cpu',
    ) -> None:
        self.models = models
        self.teachers = teachers
        self.pixels = pixels
        self.num_training = num_training
        self.trials = trials
        self.advance = advance
        self.device = device
        self._experiments: dict[str, Experiment] = {}
        self.layers: list[int] = next(iter(models.values()))['teacher_layers']

    def measure(self, teacher: str, title: str, schedule: Schedule, seed: int) -> Measures:
        """Return the measures of one training."""
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
        """Return the learning rate with the smallest :data:`CHOSEN_BY` on the :data:`TUNING_SEED`."""
        if len(rates) == 1:
            return rates[0]

        def distance(rate: float) -> float:
            measures = self.measure(teacher, title, replace(schedule, learning_rate=rate), TUNING_SEED)
            return measures[schedule.steps][CHOSEN_BY]

        return min(rates, key=distance)

    @functools.cached_property
    def _files_of_weights(self) -> dict[str, str]:
        """Path to digest of each file of weights; with other weights, earlier trials are not used."""
        networks = [self.teachers[CLEAN], *(model['student'] for model in self.models.values())]
        paths = {str(network['checkpoint']) for network in networks if network.get('checkpoint')}
        return {
            path: hashlib.sha256(file.read_bytes()).hexdigest()
            for path in sorted(paths)
            if (file := Path(path).expanduser()).is_file()  # a missing file is reported when the network is built
        }

    @functools.cached_property
    def _clean(self) -> RecordedTeacher:
        return record_clean(self._build(CLEAN), self.layers, self.pixels)

    def _experiment(self, teacher: str) -> Experiment:
        if teacher not in self._experiments:
            self._experiments.clear()  # a record needs some hundred megabytes, and only one teacher is used at a time
            network = self._clean.backbone if teacher == CLEAN else self._build(teacher)
            self._experiments[teacher] = Experiment(network, self._clean, self.layers, self.num_training)
        return self._experiments[teacher]

    def _build(self, teacher: str) -> TokenBackbone:
        set_random_seed(0)  # a teacher without weights in a file gets the same random ones each time
        network: TokenBackbone = build_model(self.teachers[teacher])
        return network.to(self.device)
