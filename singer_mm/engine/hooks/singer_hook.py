"""What every distillation wants: finite losses, diagnostics, and the student in a file."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.registry import HOOKS

from .diagnostics_hook import DiagnosticsHook
from .export_student_hook import ExportStudentHook
from .finite_loss_hook import FiniteLossHook


@HOOKS.register_module()
class SiNGERHook(Hook):
    """:class:`FiniteLossHook`, :class:`DiagnosticsHook` and :class:`ExportStudentHook` in one entry of a config.

    It serves every distiller, on its own or inside a :class:`TaskDistiller`.

    Args:
        interval, quantile: See :class:`DiagnosticsHook`.
    """

    priority = 'NORMAL'  # before CheckpointHook, as its parts

    def __init__(self, interval: int = 100, quantile: float = 0.97) -> None:
        self.finite_loss = FiniteLossHook()
        self.diagnostics = DiagnosticsHook(interval, quantile)
        self.export = ExportStudentHook()

    def before_train(self, runner: Runner) -> None:
        self.export.before_train(runner)
        self.diagnostics.before_train(runner)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        self.finite_loss.after_train_iter(runner, batch_idx, data_batch, outputs)
        self.diagnostics.after_train_iter(runner, batch_idx, data_batch, outputs)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        self.export.before_save_checkpoint(runner, checkpoint)

    def after_train(self, runner: Runner) -> None:
        self.export.after_train(runner)
