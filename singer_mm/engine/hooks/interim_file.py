"""The file of an interim checkpoint, and the checkpoints that it replaces."""

import os
from pathlib import Path

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from singer_mm.utils.atomic_path import write_text

INFO = 'interim_checkpoint'
"""Key of the message hub with the iteration of the interim checkpoint, so that a resumed run can remove it. It is not
the path, since no file that is loaded may choose which file is removed."""

KEPT = 'keep_ckpt_ids'
"""Key of the message hub under which MMEngine keeps the numbers of the regular checkpoints."""


class InterimFile:
    """One checkpoint ``iter_<iteration>.pth`` beside the regular ones of MMEngine's :class:`CheckpointHook`.

    If there are ``max_keep_ckpts`` regular ones, it replaces the oldest; the next regular one replaces it. A file is
    removed after its successor was written, so there is a complete one at any moment.

    Args:
        runner: The Runner, in its main process.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._regular = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)
        self._last_regular: tuple[str | None, int] = (None, -1)

    def note(self, iteration: int) -> bool:
        """Return whether a new regular checkpoint was written by ``iteration``; if so, remove the interim one."""
        path: str | None = getattr(self._regular, 'last_ckpt', None)
        if path is None or path == self._last_regular[0]:
            return False
        self._last_regular = (path, iteration)
        self._remove([self._previous()], path)
        self._runner.message_hub.update_info(INFO, 0)
        return True

    def regular_path(self, iteration: int) -> str | None:
        """Return the regular checkpoint of ``iteration``, if there is one."""
        path, at = self._last_regular
        return path if at == iteration else None

    def save(self, epoch: int, iteration: int) -> str:
        """Write the interim checkpoint after ``epoch`` epochs and ``iteration`` iterations, and return its path.

        Raises:
            CheckpointError: If the file cannot be written; then no other checkpoint is removed.
        """
        runner = self._runner
        path = self._path(iteration)
        obsolete = [self._previous(), self._oldest_regular()]
        runner.message_hub.update_info(INFO, iteration)
        meta = dict(epoch=epoch, iter=iteration)
        runner.save_checkpoint(*os.path.split(path), meta=meta, by_epoch=False)
        write_text(os.path.join(runner.work_dir, 'last_checkpoint'), path)
        self._remove(obsolete, path)
        return path

    def _path(self, iteration: int) -> str:
        folder = getattr(self._regular, 'out_dir', None) or self._runner.work_dir
        return os.path.join(str(folder), f'iter_{iteration}.pth')

    def _previous(self) -> str:
        hub = self._runner.message_hub
        iteration = hub.get_info(INFO) if INFO in hub.runtime_info else 0
        return self._path(iteration) if isinstance(iteration, int) and iteration > 0 else ''

    def _oldest_regular(self) -> str:
        hook = self._regular
        if hook is None or not 0 < hook.max_keep_ckpts <= len(hook.keep_ckpt_ids):
            return ''
        number = hook.keep_ckpt_ids.popleft()
        self._runner.message_hub.update_info(KEPT, list(hook.keep_ckpt_ids))
        return os.path.join(str(hook.out_dir), hook.filename_tmpl.format(number))

    @staticmethod
    def _remove(paths: list[str], successor: str) -> None:
        for path in paths:
            if path and os.path.basename(path) != os.path.basename(successor):
                Path(path).unlink(missing_ok=True)
