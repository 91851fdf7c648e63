"""What the hooks that export a student share: when they write it, and which weights."""

import os
from abc import ABC, abstractmethod
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.student_export import describe_student, export_student


class ExportHook(Hook, ABC):
    """Write ``student.pth`` and ``student.safetensors`` to the work directory with every checkpoint.

    The files hold the student of the latest checkpoint, or of the end of the training if there is no checkpoint of
    it. With MMEngine's EMAHook they hold the average, as the ``state_dict`` of the checkpoints does, and the
    provenance says so.
    """

    def __init__(self) -> None:
        self._exported_iter = -1

    def before_train(self, runner: Runner) -> None:
        """See that the student can be exported."""
        student = self.student(bare_model(runner.model))
        if isinstance(student, TimmViT):
            describe_student(student)
        else:
            runner.logger.warning(f'the student is a {type(student).__name__}; only a TimmViT is exported on its own')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Export the student of this checkpoint (MMEngine calls this in the main process only)."""
        self._export(runner, checkpoint['meta']['iter'])

    def after_train(self, runner: Runner) -> None:
        """Export the student at the end, if the last checkpoint has not done so."""
        if is_main_process() and self._exported_iter != runner.iter:
            self._export(runner, runner.iter)

    @abstractmethod
    def student(self, model: Any) -> Any:
        """Return the student in ``model``; one that is no :class:`TimmViT` is not exported."""

    @abstractmethod
    def provenance(self, model: Any, training: dict[str, Any]) -> dict[str, Any]:
        """Return the provenance of the student, which holds ``training``: config, iterations, seed, weights."""

    def _export(self, runner: Runner, iterations: int) -> None:
        model, weights = bare_model(runner.model), {}
        averaged = next((hook.ema_model for hook in runner.hooks if isinstance(hook, EMAHook)), None)
        if averaged is not None:
            model, weights = averaged.module, dict(weights=f'average over steps ({type(averaged).__name__})')
        student = self.student(model)
        if not isinstance(student, TimmViT):
            return
        config = os.path.basename(runner.cfg.filename or 'config built in Python')
        training = dict(config=config, iterations=iterations, seed=runner.seed, **weights)
        export_student(student, os.path.join(runner.work_dir, 'student.pth'), self.provenance(model, training))
        self._exported_iter = iterations
