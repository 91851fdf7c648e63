"""A Runner whose checkpoints can be trusted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from mmengine.device import get_device
from mmengine.dist import is_main_process, master_only
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

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
    drop_what_would_be_followed,
)


class CheckpointedRunner(Runner):
    """Writes checkpoints whole or not at all, reads them without executing them, and goes on from its own run only.

    MMEngine 0.10 writes in place, so that a full disk leaves half a file. It reads with ``weights_only=False`` where
    the safe way fails (OneDL), or not at all under torch 2.6 and newer (upstream 0.10.7). It runs ``meta['config']`` as
    Python when it resumes, and it resumes from any checkpoint that lies in the work directory.
    """

    param_schedulers: Any
    _load_from: Any
    _run_id: str | None = None  # of the checkpoints that are written
    _read_run_id: str | None = None  # of the checkpoint that was read
    _is_resuming = False

    @property
    def is_resuming(self) -> bool:
        """Whether the checkpoint that is being loaded is one that a training goes on from."""
        return self._is_resuming

    @master_only
    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: dict[str, Any] | None = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: dict[str, Any] | None = None,
        by_epoch: bool = True,
        backend_args: dict[str, Any] | None = None,
    ) -> None:
        """Write ``out_dir/filename`` under a temporary name, then rename it.

        Raises:
            CheckpointError: If the disk refuses the file; the checkpoints written before are untouched.
        """
        meta = {} if meta is None else meta
        if self._run_id is not None and isinstance(meta, dict):
            meta = {**meta, META_KEY: self._run_id}
        if isinstance(self.cfg.get(PROTOCOL), str):
            meta = {**meta, PROTOCOL: self.cfg[PROTOCOL]}
        with atomic_path(Path(out_dir) / filename) as temporary:
            super().save_checkpoint(
                str(temporary.parent),
                temporary.name,
                file_client_args,
                save_optimizer,
                save_param_scheduler,
                meta,
                by_epoch,
                backend_args,
            )

    def load_or_resume(self) -> None:
        """Load or resume what the config asks for; a training notes whose checkpoints come from now on.

        Raises:
            CheckpointError: If the file cannot be read or resumed, or the work directory holds checkpoints of other
                runs only.
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
        """Return the id of the training that goes on from ``path``: the same run, or a new branch of one."""
        own = read_run_id(self.work_dir)
        latest = latest_of_run(self.work_dir, own)
        if latest is None or latest.resolve() != path.expanduser().resolve():
            return start_run(self.work_dir)
        if self._read_run_id is not None and own is None:
            note_run(self.work_dir, self._read_run_id)
        return self._read_run_id

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: Any = 'default',
    ) -> None:
        """Go on from ``filename``.

        Raises:
            CheckpointError: If the file cannot be read safely, is of another model or optimizer, or lacks what a
                training needs.
        """
        self._is_resuming = True
        try:
            super().resume(filename, resume_optimizer, resume_param_scheduler, map_location)
            broken = TrainedState(self).broken()
            if broken:
                raise CheckpointError(
                    f'{filename} holds NaN or infinity, as {broken[0]}; resume from a checkpoint from before that '
                    'happened.'
                )
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, SingerError):
                raise
            reason = ' '.join(str(error).split())[:300]
            raise CheckpointError(
                f'{filename} does not fit the optimizer or the schedulers of this config ({type(error).__name__}: '
                f'{reason}); resume with the config that lies in the work directory.'
            ) from error
        finally:
            self._is_resuming = False

    def load_checkpoint(
        self,
        filename: str,
        map_location: MapLocation = 'cpu',
        strict: bool = True,
        revise_keys: Any = None,
    ) -> dict[str, Any]:
        """Load ``filename`` into the model; every key must be met.

        Raises:
            CheckpointError: If the file cannot be read safely, holds something else than weights, is of another model,
                or, but for the beginning of a training, was trained by another protocol.
        """
        checkpoint = load_checkpoint(filename, get_device() if map_location == 'default' else map_location)
        check_weights_part(filename, checkpoint)
        out_dirs = (getattr(hook, 'out_dir', None) for hook in self.hooks if isinstance(hook, CheckpointHook))
        folders = [Path(self.work_dir), *(Path(folder) for folder in out_dirs if folder)]
        dropped = drop_what_would_be_followed(checkpoint, folders)
        for key in dropped if self._is_resuming else ():  # whoever wants the weights alone misses nothing
            self.logger.warning(f'{key} of {filename} is left out: no file may name code or a path outside of its run')
        if self._is_resuming:
            check_resumable(filename, checkpoint, self.optim_wrapper, self.param_schedulers)
        if self._is_resuming or not isinstance(self._train_loop, BaseLoop):
            check_protocol(filename, checkpoint, self.cfg)
        meta = checkpoint.get('meta')
        run_id = meta.get(META_KEY) if isinstance(meta, dict) else None
        self._read_run_id = run_id if isinstance(run_id, str) else None

        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        model = self.model.module if is_model_wrapper(self.model) else self.model
        state_dict = checkpoint['state_dict']
        check_weights(filename, state_dict, model.state_dict(), partial(may_have_diverged, model, state_dict))
        try:
            model.load_state_dict(checkpoint['state_dict'], strict=strict)
        except RuntimeError as error:
            reason = ' '.join(str(error).split())[:300]
            raise CheckpointError(f'{filename} does not fit the model of this config: {reason}') from error
        self._has_loaded = True
        self.logger.info(f'Loaded {filename} ({len(checkpoint["state_dict"])} tensors)')
        return checkpoint
