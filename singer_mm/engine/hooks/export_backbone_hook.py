"""Hand out the backbone of a task model as students are handed out."""

from __future__ import annotations

import os
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.student_export import describe_student, export_student
from singer_mm.models.data_preprocessors.input_statistics import input_statistics
from singer_mm.registry import HOOKS

from .exported_model import exported_model
from .trained_state import bare_model


@HOOKS.register_module()
class ExportBackboneHook(Hook):
    """Write ``student.pth`` and ``student.safetensors`` of a model that is trained without a teacher.

    What :class:`SiNGERHook` does for distillations: the files are as of the latest checkpoint, and evaluated alike.

    Raises:
        ConfigError: At the start of training, if the model's ``backbone`` is no :class:`TimmViT`.
    """

    def __init__(self) -> None:
        self._exported_iter = -1

    def before_train(self, runner: Runner) -> None:
        """See that there is something to export."""
        describe_student(_backbone(bare_model(runner)))

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Export the backbone as of this checkpoint (MMEngine calls this in the main process only)."""
        self._export(runner, checkpoint['meta']['iter'])

    def after_train(self, runner: Runner) -> None:
        """Export the backbone at the end, if the last checkpoint has not done so."""
        if is_main_process() and self._exported_iter != runner.iter:
            self._export(runner, runner.iter)

    def _export(self, runner: Runner, iterations: int) -> None:
        model, weights = exported_model(runner)
        provenance = dict(
            teacher='none',
            method=type(model).__name__,
            config=os.path.basename(runner.cfg.filename or 'config built in Python'),
            iterations=iterations,
            seed=runner.seed,
            **weights,
        )
        export_student(_backbone(model), os.path.join(runner.work_dir, 'student.pth'), provenance)
        self._exported_iter = iterations


def _backbone(model: Any) -> TimmViT:
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, TimmViT):
        raise ConfigError(
            f'ExportBackboneHook: the backbone of {type(model).__name__} is a {type(backbone).__name__}; '
            'allowed: TimmViT. Distillations are exported by SiNGERHook.'
        )
    # The task's data preprocessor decides what the backbone gets, not the architecture's habits.
    backbone.use_normalization(*input_statistics(model.data_preprocessor))
    return backbone
