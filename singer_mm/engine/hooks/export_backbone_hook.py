"""Export the backbone of a task model as students are exported."""

from typing import Any

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.data_preprocessors.input_statistics import input_statistics
from singer_mm.registry import HOOKS

from .export_hook import ExportHook


@HOOKS.register_module()
class ExportBackboneHook(ExportHook):
    """Write ``student.pth`` and ``student.safetensors`` of a model that is trained without a teacher.

    :class:`ExportStudentHook` does the same for distillations; the files are evaluated alike.

    Raises:
        ConfigError: At the start of training, if the model's ``backbone`` is no :class:`TimmViT`.
    """

    def student(self, model: Any) -> TimmViT:
        """Return the backbone, with the normalization of the task's data preprocessor."""
        backbone = getattr(model, 'backbone', None)
        if not isinstance(backbone, TimmViT):
            raise ConfigError(
                f'ExportBackboneHook: the backbone of {type(model).__name__} is a {type(backbone).__name__}; '
                'allowed: TimmViT. For a distillation, use SiNGERHook.'
            )
        # The task's data preprocessor decides what the backbone gets, not the architecture's habits.
        backbone.use_normalization(*input_statistics(model.data_preprocessor))
        return backbone

    def provenance(self, model: Any, training: dict[str, Any]) -> dict[str, Any]:
        """Return ``training`` with no teacher, and the model in place of a method."""
        return dict(teacher='none', method=type(model).__name__, **training)
