"""How far a run is, for whoever started it in another process."""

from __future__ import annotations

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
    """Write the share of the training's iterations that are done, 0 to 1, into a file, at most once in a second.

    Args:
        path: The file.
    """

    priority = 'LOW'

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._written = 0.0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Write it."""
        if is_main_process() and time.monotonic() - self._written > 1:
            self._written = time.monotonic()
            write_text(self.path, f'{(runner.iter + 1) / runner.max_iters:.4f}')
