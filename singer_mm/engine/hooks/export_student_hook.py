"""Export the student of a distillation."""

from typing import Any

from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.student_export import describe_student
from singer_mm.registry import HOOKS

from .export_hook import ExportHook


@HOOKS.register_module()
class ExportStudentHook(ExportHook):
    """Write ``student.pth`` and ``student.safetensors`` of a distillation, see :class:`ExportHook`.

    A student that is no :class:`TimmViT` is not exported; a warning says so before training.

    Raises:
        ConfigError: Before training, if the model holds no distiller.
        CheckpointError: Before training, if a file could not describe the student.
    """

    def before_train(self, runner: Runner) -> None:
        """See that the student can be exported."""
        student = distiller_in(bare_model(runner.model)).student
        if isinstance(student, TimmViT):
            describe_student(student)
        else:
            runner.logger.warning(f'the student is a {type(student).__name__}; only a TimmViT is exported on its own')

    def student(self, model: Any) -> TimmViT | None:
        """Return the student of the distiller, if a file can hold it."""
        student = distiller_in(model).student
        return student if isinstance(student, TimmViT) else None

    def provenance(self, model: Any, training: dict[str, Any]) -> dict[str, Any]:
        """Return teacher, method, ``training`` and, within a :class:`TaskDistiller`, the task model."""
        distiller = distiller_in(model)
        provenance = dict(
            teacher=distiller.teacher.describe(),
            teacher_weights=getattr(getattr(distiller.teacher, 'load_report', None), 'source', 'random'),
            method=type(distiller).__name__,
            **training,
        )
        if model is not distiller:
            provenance['task'] = type(model.task_model).__name__
        return provenance


def distiller_in(model: Any) -> Any:
    """Return the distiller inside a :class:`TaskDistiller`, or the model itself.

    Raises:
        ConfigError: If neither has a student.
    """
    distiller = getattr(model, 'distiller', model)
    if not hasattr(distiller, 'student'):
        raise ConfigError(
            'SiNGERHook, DiagnosticsHook and ExportStudentHook need a distiller, but the model is a '
            f'{type(model).__name__}; remove them from custom_hooks.'
        )
    return distiller
