"""A Runner whose checkpoints can be trusted."""

from functools import partial
from pathlib import Path
from typing import Any

from mmengine.device import get_device
from mmengine.dist import is_main_process, master_only
from mmengine.hooks import CheckpointHook
from mmengine.runner import BaseLoop, Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.engine.hooks.trained_state import TrainedState
from singer_mm.errors import CheckpointError, SingerError
from singer_mm.models.heads.sweep import may_have_diverged
from singer_mm.utils.atomic_path import atomic_path, sweep_temporary_files
from singer_mm.utils.checkpoint_io import MapLocation, find_latest_checkpoint, latest_of_run, load_checkpoint
from singer_mm.utils.run_marker import META_KEY, note_run, read_run_id, start_run
from singer_mm.utils.weight_kinds import check_weights

from .checkpoint_schema import (
    PROTOCOL,
    check_protocol,
    check_resumable,
    check_weights_part,
    dict_in,
    drop_what_would_be_followed,
)
from .class_check import check_trained_classes
from .configured_settings import ConfiguredSettings


class CheckpointedRunner(Runner):
    """Writes whole checkpoints only, reads them without executing them, and resumes its own run only.

    MMEngine 0.10 writes in place: a full disk leaves half a file. Where safe reading fails, it reads with
    ``weights_only=False`` (OneDL), or not at all under torch 2.6 and newer (upstream 0.10.7). When it resumes, it runs
    ``meta['config']`` as Python, and takes any checkpoint in the work directory.
    """

    param_schedulers: Any
    _test_loop: Any
    _load_from: Any
    _run_id: str | None = None  # of the checkpoints that are written
    _read_run_id: str | None = None  # of the checkpoint that was read
    is_resuming = False  # whether a training resumes from the checkpoint that is being loaded

    @master_only
    def save_checkpoint(
        self, out_dir: str, filename: str, *args: Any, meta: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Write ``out_dir/filename`` under a temporary name, then rename it; see MMEngine's Runner.

        Raises:
            CheckpointError: If the file cannot be written; earlier checkpoints stay as they are.
        """
        meta = {} if meta is None else meta
        if self._run_id is not None and isinstance(meta, dict):
            meta = {**meta, META_KEY: self._run_id}
        if isinstance(self.cfg.get(PROTOCOL), str):
            meta = {**meta, PROTOCOL: self.cfg[PROTOCOL]}
        with atomic_path(Path(out_dir) / filename) as temporary:
            super().save_checkpoint(str(temporary.parent), temporary.name, *args, meta=meta, **kwargs)

    def load_or_resume(self) -> None:
        """Load or resume what the config asks for, and set the id of the run for the checkpoints of a training.

        Raises:
            CheckpointError: If the file cannot be read or resumed, or the work directory has only checkpoints of other
                runs.
        """
        if self._has_loaded:
            return
        is_training = isinstance(self._train_loop, BaseLoop)
        if is_training and is_main_process():
            sweep_temporary_files(self.work_dir)
        if self._resume and self._load_from is None:
            latest = find_latest_checkpoint(self.work_dir)
            if latest is None:
                self.logger.info(f'no checkpoint in {self.work_dir} yet: starting anew')
            else:
                self._load_from = str(latest)
        if self._load_from is not None:
            super().load_or_resume()
        if not (is_training and is_main_process()):
            return
        if self._resume and self._load_from is not None:
            self._run_id = self._resumed_run(Path(self._load_from))
        elif self._run_id is None:
            self._run_id = start_run(self.work_dir)

    def _resumed_run(self, path: Path) -> str | None:
        """Return the id of a training that resumes from ``path``: that of the same run, or a new id for a branch."""
        own = read_run_id(self.work_dir)
        latest = latest_of_run(self.work_dir, own)
        if latest is None or latest.resolve() != path.expanduser().resolve():
            return start_run(self.work_dir)
        if self._read_run_id is not None and own is None:
            note_run(self.work_dir, self._read_run_id)
        return self._read_run_id

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Go on from ``filename`` with the rates and schedules of the config, also where it has changed since.

        Raises:
            CheckpointError: If the file cannot be read safely, is of another model or optimizer, or lacks what a
                training needs.
            ConfigError: If a changed schedule cannot be run anew (:class:`ConfiguredSettings`).
            DataError: See :meth:`load_checkpoint`.
        """
        configured = ConfiguredSettings(self)
        self.is_resuming = True
        try:
            super().resume(filename, *args, **kwargs)
            broken = TrainedState(self).broken()
            if broken:
                raise CheckpointError(f'{filename} holds NaN or infinity in {broken[0]}; resume an earlier checkpoint.')
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, SingerError):
                raise
            raise CheckpointError(
                f'{filename} does not fit the optimizer or the schedulers of this config ({type(error).__name__}: '
                f'{_one_line(error)}); resume with the config in the work directory.'
            ) from error
        finally:
            self.is_resuming = False
        changes = configured.restore_where_changed(len(self.train_dataloader))
        if changes:
            self.logger.warning(
                f'the config has changed since {filename} was written ({"; ".join(changes)}): from here on rates and '
                'schedules are those of a run that had this config from the start'
            )

    def load_checkpoint(
        self,
        filename: str,
        map_location: MapLocation = 'cpu',
        strict: bool = True,
        revise_keys: Any = None,
    ) -> dict[str, Any]:
        """Load ``filename`` into the model, which must have every key.

        A training that only starts from these weights may have another protocol and other classes. For a resumed
        training and for a test, both must be the same.

        Raises:
            CheckpointError: If the file cannot be read safely, holds something else than weights, or is of another
                model or protocol.
            DataError: If its classes are not those of the data.
        """
        checkpoint = load_checkpoint(filename, get_device() if map_location == 'default' else map_location)
        check_weights_part(filename, checkpoint)
        out_dirs = (getattr(hook, 'out_dir', None) for hook in self.hooks if isinstance(hook, CheckpointHook))
        folders = [Path(self.work_dir), *(Path(folder) for folder in out_dirs if folder)]
        dropped = drop_what_would_be_followed(checkpoint, folders)
        if self.is_resuming:  # nothing else reads what was dropped
            for key in dropped:
                self.logger.warning(f'{key} of {filename} is ignored: a file may not name code or paths of other runs')
            check_resumable(filename, checkpoint, self.optim_wrapper, self.param_schedulers)
        is_training = isinstance(self._train_loop, BaseLoop)
        if self.is_resuming or not is_training:
            check_protocol(filename, checkpoint, self.cfg)
        run_id = dict_in(checkpoint, 'meta').get(META_KEY)
        self._read_run_id = run_id if isinstance(run_id, str) else None

        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        model = bare_model(self.model)
        state_dict = checkpoint['state_dict']
        check_weights(filename, state_dict, model.state_dict(), partial(may_have_diverged, model, state_dict))
        try:
            model.load_state_dict(state_dict, strict=strict)
        except RuntimeError as error:
            raise CheckpointError(f'{filename} does not fit the model of this config: {_one_line(error)}') from error
        self._has_loaded = True
        self.logger.info(f'Loaded {filename} ({len(state_dict)} tensors)')
        if self.is_resuming:
            check_trained_classes(filename, checkpoint, self.train_dataloader.dataset, 'training data')
        elif isinstance(self._test_loop, BaseLoop) and not is_training:
            check_trained_classes(filename, checkpoint, self.test_dataloader.dataset, 'test data')
        return checkpoint


def _one_line(error: Exception) -> str:
    return ' '.join(str(error).split())[:300]
