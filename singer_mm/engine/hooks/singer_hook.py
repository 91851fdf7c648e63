"""Watch a distillation from inside and hand out its student."""

from __future__ import annotations

import os
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from singer_mm.errors import ConfigError, NonFiniteLossError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.distillers.distiller import Distiller
from singer_mm.registry import HOOKS


@HOOKS.register_module()
class SiNGERHook(Hook):
    """Log what the refiner does, stop at the first non-finite loss, and export the student with every checkpoint.

    It serves every distiller, on its own or inside a :class:`TaskDistiller`; one without refiners has fewer statistics,
    and one that compares no layers (:class:`LogitsDistiller`) has none. The statistics (see
    ``singer_mm.models.distillers.diagnostics``) go to the log, to the visualizer, and to the message hub under
    ``singer/layer{l}/{name}``, with their iterations in ``singer/iter``; the hub is part of every checkpoint, so a
    resumed run keeps its curves. They cost one pass without gradients every ``interval`` iterations.

    The student is written to ``student.pth`` and ``student.safetensors`` in the work directory, always as of the
    latest checkpoint.

    Args:
        interval: Iterations between statistics.
        quantile: Patches whose teacher norm exceeds this quantile of their image count as outliers.

    Raises:
        ConfigError: If ``interval`` is less than 1.
        NonFiniteLossError: During training, at the first loss that is not finite.
    """

    # Before CheckpointHook, so that no checkpoint is written of a step whose loss is not finite.
    priority = 'NORMAL'

    def __init__(self, interval: int = 100, quantile: float = 0.97) -> None:
        if interval < 1:
            raise ConfigError(f'SiNGERHook: interval is {interval}; it must be at least 1.')
        self.interval = interval
        self.quantile = quantile
        self._exported_iter = -1

    def before_train(self, runner: Runner) -> None:
        """Log the spectrum that each refiner starts from."""
        distiller = _distiller(runner)
        if not isinstance(distiller.student, TimmViT):
            runner.logger.warning(
                f'the student is a {type(distiller.student).__name__}; only a TimmViT is exported on its own'
            )
        if not isinstance(distiller, FeatureDistiller):
            return
        refiners: dict[str, Any] = dict(distiller.refiners.items())
        for layer, refiner in refiners.items():
            spectrum = getattr(refiner, 'spectrum', None)
            if spectrum is not None:
                chosen = spectrum[-refiner.rank]
                runner.logger.info(
                    f'layer {layer}: singular values of block {distiller.next_block(int(layer))} from '
                    f'{spectrum[0]:.4g} to {spectrum[-1]:.4g}, median {spectrum.median():.4g}; the {refiner.rank} '
                    f'smallest of {len(spectrum)} lie below {chosen:.4g}; basis: {refiner.basis}'
                )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Check the losses, and log the statistics when they are due."""
        self._check_finite(runner, data_batch, outputs or {})
        if is_main_process() and self.every_n_train_iters(runner, self.interval):
            self._log_statistics(runner, data_batch)

    @staticmethod
    def _check_finite(runner: Runner, data_batch: Any, outputs: dict[str, Any]) -> None:
        values = {name: torch.as_tensor(value).detach() for name, value in outputs.items()}
        broken = [f'{name} = {value.item()}' for name, value in values.items() if not value.isfinite()]
        if broken:
            paths = ', '.join(sample.img_path for sample in data_batch['data_samples'])
            raise NonFiniteLossError(
                f'{"; ".join(broken)} at iteration {runner.iter + 1}, on the images {paths}. Lower the learning rate, '
                'or look at these images.'
            )

    def _log_statistics(self, runner: Runner, data_batch: Any) -> None:
        distiller = _distiller(runner)
        if not isinstance(distiller, FeatureDistiller):
            return
        # In training mode, since only then do segmentors pad to whole patches.
        inputs = _model(runner).data_preprocessor(data_batch, True)['inputs']
        step = runner.iter + 1
        runner.message_hub.update_scalar('singer/iter', step)
        for layer, statistics in layer_statistics(distiller, inputs, self.quantile).items():
            scalars = {f'singer/layer{layer}/{name}': value for name, value in statistics.items()}
            for name, value in scalars.items():
                runner.message_hub.update_scalar(name, value)
            runner.visualizer.add_scalars(scalars, step=step)
            text = ', '.join(f'{name} {value:.4g}' for name, value in statistics.items())
            runner.logger.info(f'SiNGER [{step}] layer {layer}: {text}')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Export the student as of this checkpoint (MMEngine calls this in the main process only)."""
        self._export(runner, checkpoint['meta']['iter'])

    def after_train(self, runner: Runner) -> None:
        """Export the student at the end, if the last checkpoint has not done so."""
        if is_main_process() and self._exported_iter != runner.iter:
            self._export(runner, runner.iter)

    def _export(self, runner: Runner, iterations: int) -> None:
        distiller, model = _distiller(runner), _model(runner)
        if not isinstance(distiller.student, TimmViT):
            return
        provenance = dict(
            teacher=distiller.teacher.describe(),
            teacher_weights=getattr(getattr(distiller.teacher, 'load_report', None), 'source', 'random'),
            method=type(distiller).__name__,
            config=os.path.basename(runner.cfg.filename or 'config built in Python'),
            iterations=iterations,
            seed=runner.seed,
        )
        if model is not distiller:
            provenance['task'] = type(model.task_model).__name__
        export_student(distiller.student, os.path.join(runner.work_dir, 'student.pth'), provenance)
        self._exported_iter = iterations


def _model(runner: Runner) -> Any:
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _distiller(runner: Runner) -> Distiller:
    """Return the distiller inside the model of a task, or the model itself."""
    model = _model(runner)
    distiller: Distiller = getattr(model, 'distiller', model)
    return distiller
