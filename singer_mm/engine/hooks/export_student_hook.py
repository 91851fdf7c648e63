"""Export the student of a distillation."""

from typing import Any

from singer_mm.errors import ConfigError
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

    def student(self, model: Any) -> Any:
        """Return the student of the distiller."""
        return distiller_in(model).student

    def provenance(self, model: Any, training: dict[str, Any]) -> dict[str, Any]:
        """Return teacher, method, ``training``, and what applies: a start from the teacher, the task model."""
        distiller = distiller_in(model)
        provenance = dict(
            teacher=distiller.teacher.describe(),
            teacher_weights=getattr(getattr(distiller.teacher, 'load_report', None), 'source', 'random'),
            method=type(distiller).__name__,
            **training,
        )
        if distiller.student_from_teacher:
            provenance['student_from_teacher'] = True
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
