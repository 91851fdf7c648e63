"""The progress of a run, for the process that started it."""

import time
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.registry import HOOKS
from singer_mm.utils.atomic_path import write_text


@HOOKS.register_module()
class ProgressFileHook(Hook):
    """Write the share of finished iterations, 0 to 1, to the file ``path``, at most once in a second."""

    priority = 'LOW'

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._written = 0.0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Write the share, if the last one is older than a second."""
        if is_main_process() and time.monotonic() - self._written > 1:
            self._written = time.monotonic()
            write_text(self.path, f'{(runner.iter + 1) / runner.max_iters:.4f}')
