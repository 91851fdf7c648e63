"""Checkpoints between the regular ones: after a time, and when a training is asked to stop."""

import time
from functools import partial
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.loops.shared_sums import SharedSums
from singer_mm.errors import ConfigError, RunInterrupted
from singer_mm.registry import HOOKS
from singer_mm.utils.launcher import resume_command
from singer_mm.utils.stop_request import CAUSES, STOP
from singer_mm.utils.worker_signals import shield_workers

from .interim_file import InterimFile

DUE = 'an interim checkpoint is due'
VALIDATION = -1
"""In place of an iteration, where sums are exchanged after a validation."""


@HOOKS.register_module()
class InterimCheckpointHook(Hook):
    """Save ``iter_<iteration>.pth`` every few minutes, and when the run is asked to stop.

    A run is asked to stop by SIGTERM (Slurm, Kubernetes, spot nodes), SIGUSR1, SIGHUP, the first SIGINT,
    ``--time-limit`` or the end of torchrun. All processes finish the same iteration, the main process saves it, and
    they end with a status for the cause (:data:`singer_mm.utils.stop_request.CAUSES`). The second SIGINT ends a
    process at once. A request during a validation or the choice of a sweep waits for its end.

    There is one interim checkpoint at a time (:class:`InterimFile`); it counts towards ``max_keep_ckpts``.

    Args:
        minutes: Time between two checkpoints of any kind; None: save only when the run is asked to stop.

    Raises:
        ConfigError: If ``minutes`` is not positive.
        RunInterrupted: During training, if it was asked to stop.
    """

    priority = 'LOWEST'  # after CheckpointHook, which may save the same

    def __init__(self, minutes: float | None = 30) -> None:
        if minutes is not None and not (isinstance(minutes, int | float) and minutes > 0):
            raise ConfigError(f'InterimCheckpointHook: minutes is {minutes!r}; allowed: a number above 0, or None.')
        self.minutes = minutes
        self._file: InterimFile | None = None
        self._saved_at = 0.0
        self._causes: list[str] = []
        self._is_due = False

    def before_train(self, runner: Runner) -> None:
        """Install the signal handlers, and register what the processes exchange."""
        self._file = InterimFile(runner)
        self._saved_at = time.monotonic()
        sums = SharedSums.of(runner)
        for cause in CAUSES:
            sums.add(cause, partial(STOP.is_asked_by, cause))
        sums.add(DUE, self._is_late)
        shield_workers(runner.train_dataloader)
        STOP.listen()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Save or stop, if requested."""
        self._ask(runner, runner.iter)
        # Not the next epoch: the resumed run still does what follows the end of this one.
        self._act(runner, runner.epoch, runner.iter + 1)

    def after_train_epoch(self, runner: Runner) -> None:
        """Check whether CheckpointHook has saved."""
        self._note(runner.iter)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Stop, if requested meanwhile and iterations are left."""
        if self._file is not None and runner.iter < runner.max_iters:  # it is a validation within a training
            SharedSums.of(runner).exchange(VALIDATION)
            self._ask(runner, VALIDATION)
            self._act(runner, runner.epoch, runner.iter)

    def after_train(self, runner: Runner) -> None:
        """End of the training."""
        self._file = None

    def _is_late(self) -> bool:
        if self.minutes is None or not is_main_process():  # its clock counts
            return False
        return time.monotonic() - self._saved_at >= 60 * self.minutes

    def _ask(self, runner: Runner, iteration: int) -> None:
        sums = SharedSums.of(runner)
        self._causes = [cause for cause in CAUSES if sums.get(cause, iteration) > 0]
        self._is_due = sums.get(DUE, iteration) > 0

    def _act(self, runner: Runner, epoch: int, iteration: int) -> None:
        """Save or stop after ``epoch`` epochs and ``iteration`` iterations, in all processes together."""
        path = self._save(epoch, iteration) if is_main_process() else None
        if self._causes:
            # The others wait here until the main process has saved: torchrun ends all soon after the first end.
            said = [path]
            broadcast_object_list(said)
            runner.visualizer.close()
            raise RunInterrupted(
                f'interrupted by {self._causes[0]} after iteration {iteration} of {runner.max_iters}, '
                f'saved in {said[0]}; continue with: {resume_command()}',
                CAUSES[self._causes[0]],
            )

    def _save(self, epoch: int, iteration: int) -> str | None:
        assert self._file is not None  # the training has begun
        self._note(iteration)
        path = self._file.regular_path(iteration)
        if path is None and (self._is_due or self._causes):
            path = self._file.save(epoch, iteration)
            self._saved_at = time.monotonic()
        return path

    def _note(self, iteration: int) -> None:
        assert self._file is not None  # the training has begun
        if is_main_process() and self._file.note(iteration):
            self._saved_at = time.monotonic()
