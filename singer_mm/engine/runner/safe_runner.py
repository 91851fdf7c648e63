"""MMEngine's Runner for our configs: any tool that builds it gets the same training."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.hooks import SyncBuffersHook
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from singer_mm.engine.bare_model import bare_model
from singer_mm.engine.config.backbone_reference import PROTOCOL_STATISTICS
from singer_mm.engine.config.batch_plan import MAXIMUM, TOTAL, BatchPlan
from singer_mm.engine.config.prepare_config import prepare_config
from singer_mm.engine.hooks.data_order_hook import DataOrderHook
from singer_mm.engine.hooks.finite_state_hook import FiniteStateHook
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.data_preprocessors.input_statistics import input_statistics
from singer_mm.registry import RUNNERS
from singer_mm.utils.disk_errors import named_disk_errors, raise_log_errors
from singer_mm.utils.distributed import init_gloo_without_gpu, launched_processes
from singer_mm.utils.random_state import derive_seed
from singer_mm.utils.run_lock import only_run
from singer_mm.utils.stop_request import STOP

from .checkpointed_runner import CheckpointedRunner
from .class_check import NO_SAMPLE, check_classes, say_why_empty

WARM_UPS = ('LinearLR', 'ConstantLR', 'LinearParamScheduler', 'QuadraticWarmupLR')


@RUNNERS.register_module()
class SafeRunner(CheckpointedRunner):
    """A Runner that understands the keys of our configs, and whose checkpoints can be trusted.

    Our configs name it (``runner_type``). Every tool that builds a Runner by MMEngine's registry (ours, ``mim train``,
    the ``tools/train.py`` of mmseg, mmdet and mmpretrain) then runs the same training:

    - before anything is built, ``backbone`` and ``data_folder`` are resolved and all keys checked
      (:func:`prepare_config`); ``total_batch_size`` is distributed among the processes (:class:`BatchPlan`);
    - a teacher with random weights is refused, unless ``allow_random_teacher=True``.
    """

    _train_dataloader: Any
    _train_loop: Any
    _averages_buffers = False  # whether batch norms keep running statistics of one process only

    @classmethod
    def from_cfg(cls, cfg: Config | dict[str, Any]) -> SafeRunner:
        """Build a Runner from a config of any tool.

        Raises:
            SingerError: If the config asks for what does not exist, or its ``launcher`` did not start the processes.
        """
        launcher = cfg.get('launcher', 'none')
        launched_processes(launcher)
        init_gloo_without_gpu(launcher)
        cfg = prepare_config(cfg)
        with named_disk_errors(cfg.work_dir):
            return super().from_cfg(cfg)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger; a log file that cannot be written ends the run."""
        logger = super().build_logger(*args, **kwargs)
        raise_log_errors(logger)
        return logger

    def train(self) -> nn.Module:
        """Distribute the total batch among the processes, and train.

        Raises:
            ConfigError: If the total batch cannot be distributed, or the teacher has random weights.
            DataError: If another run trains in the work directory.
            RunInterrupted: If the training was asked to stop (:class:`InterimCheckpointHook`).
        """
        self._refuse_random_teacher()
        self._share_out_batch()
        if self._averages_buffers:
            # Before the hooks of the config, whose evaluations read the running statistics in every process.
            self.register_hook(SyncBuffersHook(), priority='ABOVE_NORMAL')
        self.register_hook(FiniteStateHook())
        self.register_hook(DataOrderHook())
        lock = only_run(self.work_dir) if is_main_process() else nullcontext()
        with lock, STOP.scope(), named_disk_errors(self.work_dir):
            return super().train()

    def test(self) -> dict[str, float]:
        """Test, as MMEngine does."""
        with named_disk_errors(self.work_dir):
            return super().test()

    def _refuse_random_teacher(self) -> None:
        model = bare_model(self.model)
        teacher = getattr(model, 'teacher', None)
        if teacher is None or teacher.weights_loaded or self.cfg.get('allow_random_teacher', False):
            return
        key = 'model.distiller.teacher' if hasattr(model, 'distiller') else 'model.teacher'
        raise ConfigError(
            f'the teacher has random weights; set {key}.pretrained=True or {key}.checkpoint=FILE, or '
            'allow_random_teacher=True if you mean it.'
        )

    def _share_out_batch(self) -> None:
        """Set the batch size of the data loader and the accumulation of the loop, unless they are objects already."""
        if not (isinstance(self._train_dataloader, dict) and isinstance(self._train_loop, dict)):
            return
        wrapper = self.optim_wrapper if isinstance(self.optim_wrapper, dict) else {}
        maximum = self.cfg.get(MAXIMUM)
        stated = {TOTAL: self.cfg.get(TOTAL), MAXIMUM: maximum, 'train_dataloader': self._train_dataloader}
        plan = BatchPlan.of({**stated, 'optim_wrapper': wrapper}, self.world_size)
        assert plan is not None  # there is a loader
        self.logger.info(plan.describe())
        if maximum is not None and maximum > plan.share:
            self.logger.info(f'{MAXIMUM} is {maximum}, but each process has only {plan.share} images: no accumulation')
        self._train_dataloader = {**self._train_dataloader, 'batch_size': plan.share}
        if plan.accumulation == 1:
            return
        if not str(self._train_loop.get('type')).endswith('ResumableEpochLoop'):
            raise ConfigError(
                f'the share of a process is {plan.share} images and {MAXIMUM} is {maximum}, but train_cfg.type is '
                f"{self._train_loop.get('type')!r}; only 'singer_mm.ResumableEpochLoop' accumulates micro-batches."
            )
        self._train_loop = {**self._train_loop, 'accumulation': plan.accumulation}

    @staticmethod
    def build_dataloader(dataloader: DataLoader | dict[str, Any], *args: Any, **kwargs: Any) -> DataLoader:
        """Build a data loader; without workers, leave out their options, which torch would refuse.

        Raises:
            DataError: If the dataset has no sample.
        """
        if isinstance(dataloader, dict) and dataloader.get('num_workers', 0) == 0:
            for_workers = ('persistent_workers', 'prefetch_factor')
            dataloader = {key: value for key, value in dataloader.items() if key not in for_workers}
        try:
            return Runner.build_dataloader(dataloader, *args, **kwargs)
        except ValueError as error:
            if NO_SAMPLE not in str(error) or not isinstance(dataloader, dict):
                raise
            raise say_why_empty(dataloader['dataset']) from error

    def build_model(self, model: nn.Module | dict[str, Any]) -> nn.Module:
        """Build the model; if the file of its backbone has statistics, its data preprocessor must have the same.

        Distillers check their networks themselves.

        Raises:
            ConfigError: If the statistics differ.
        """
        built: nn.Module = super().build_model(model)
        backbone = None if self.cfg.get(PROTOCOL_STATISTICS) else getattr(built, 'backbone', None)
        if isinstance(backbone, TokenBackbone) and backbone.normalization_file is not None:
            backbone.use_normalization(*input_statistics(getattr(built, 'data_preprocessor', None)))
        return built

    def build_train_loop(self, loop: BaseLoop | dict[str, Any]) -> BaseLoop:
        """Build the loop and its data, whose classes must fit the model (:func:`check_classes`)."""
        built = super().build_train_loop(loop)
        check_classes(self.cfg, built.dataloader.dataset)
        return built

    def build_val_loop(self, loop: BaseLoop | dict[str, Any]) -> BaseLoop:
        """Build the loop and its data, whose classes must fit the model (:func:`check_classes`)."""
        built = super().build_val_loop(loop)
        check_classes(self.cfg, built.dataloader.dataset, 'validation data')
        return built

    def build_test_loop(self, loop: BaseLoop | dict[str, Any]) -> BaseLoop:
        """Build the loop and its data, whose classes must fit the model (:func:`check_classes`)."""
        built = super().build_test_loop(loop)
        check_classes(self.cfg, built.dataloader.dataset, 'test data')
        return built

    def scale_lr(self, optim_wrapper: OptimWrapper, auto_scale_lr: dict[str, Any] | None = None) -> None:
        """Scale the learning rate to the total batch.

        MMEngine 0.10 leaves out the batches that a user's own ``optim_wrapper.accumulative_counts`` adds up.
        """
        counts = (self.cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1)
        if counts > 1 and auto_scale_lr and auto_scale_lr.get('enable'):
            self.logger.info(f'learning rate: {counts} accumulated batches count as one')
            auto_scale_lr = {**auto_scale_lr, 'base_batch_size': auto_scale_lr['base_batch_size'] / counts}
        super().scale_lr(optim_wrapper, auto_scale_lr)

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """Build the schedulers.

        Raises:
            ConfigError: If a schedule ends before it begins, or a warm-up is longer than the training: the rate would
                never reach its value.
        """
        for index, cfg in enumerate(scheduler if isinstance(scheduler, list) else [scheduler]):
            if not (isinstance(cfg, dict) and 'type' in cfg):
                continue
            unit, length = ('epochs', self.max_epochs) if cfg.get('by_epoch', True) else ('iterations', self.max_iters)
            begin, end = cfg.get('begin', 0), cfg.get('end', length)
            if end <= begin:
                by_itself = '' if 'end' in cfg else ', where the training ends'
                raise ConfigError(
                    f'param_scheduler.{index}.begin is {begin}, but it ends at {end} {unit}{by_itself}; lower begin, '
                    'or train longer.'
                )
            if end > length and str(cfg['type']).rpartition('.')[2] in WARM_UPS:
                raise ConfigError(
                    f'param_scheduler.{index}.end is {end}, but the training has {length} {unit}: the warm-up '
                    f'would never end; lower it (and param_scheduler.{index + 1}.begin), or raise '
                    'train_cfg.max_epochs.'
                )
        return super().build_param_scheduler(scheduler)

    def _init_model_weights(self) -> None:
        """Initialise the model with a seed of its own.

        Building a backbone draws random numbers. With this seed, a head starts with the same weights over a backbone
        and over its cached features.
        """
        torch.manual_seed(derive_seed(self.seed))
        super()._init_model_weights()

    def wrap_model(self, model_wrapper_cfg: dict[str, Any] | None, model: nn.Module) -> nn.Module:
        """Wrap the model for several processes, also without a GPU or without anything to train.

        MMEngine 0.10 passes the number of a GPU to gloo. torch's wrapper refuses a model without trainable parameters,
        such as kNN's, which needs no wrapper: the metrics gather the results. torch's SyncBN has no CPU kernel.
        """
        if self.distributed and not any(parameter.requires_grad for parameter in model.parameters()):
            return model.to(get_device())
        if self.distributed and not torch.cuda.is_available():
            model = self._without_sync_batch_norm(model)
            if model_wrapper_cfg is None:
                model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)
        return super().wrap_model(model_wrapper_cfg, model)

    def _without_sync_batch_norm(self, model: nn.Module) -> nn.Module:
        if not any(isinstance(module, nn.SyncBatchNorm) for module in model.modules()):
            return model
        self.logger.warning(
            'SyncBN needs GPUs: on CPUs each process normalises by its own part of the batch, so that the training '
            'depends on the number of processes; running statistics are averaged after each epoch'
        )
        self._averages_buffers = True
        return revert_sync_batchnorm(model)
