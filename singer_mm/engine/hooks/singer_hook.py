"""Watch a distillation from inside and hand out its student."""

from __future__ import annotations

import os
from typing import Any

import torch
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.errors import ConfigError, NonFiniteLossError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.student_export import describe_student, export_student
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.distillers.distiller import Distiller
from singer_mm.registry import HOOKS

from .exported_model import exported_model
from .trained_state import bare_model


@HOOKS.register_module()
class SiNGERHook(Hook):
    """Log what the refiner does, stop at the first non-finite loss, and export the student with every checkpoint.

    It serves every distiller, on its own or inside a :class:`TaskDistiller`; one without refiners has fewer statistics,
    and one that compares no layers (:class:`LogitsDistiller`) has none. The statistics (see
    ``singer_mm.models.distillers.diagnostics``) go to the log, to the visualizer, and to the message hub under
    ``singer/layer{l}/{name}``, with their iterations in ``singer/iter``; the hub is part of every checkpoint, so a
    resumed run keeps its curves. They cost one pass without gradients every ``interval`` iterations.

    The student is written to ``student.pth`` and ``student.safetensors`` in the work directory, always as of the
    latest checkpoint; beside MMEngine's EMAHook it is the average, as in the checkpoint, and its provenance says so.

    Args:
        interval: Iterations between statistics.
        quantile: Patches whose teacher norm exceeds this quantile of their image count as outliers.

    Raises:
        ConfigError: If ``interval`` is less than 1.
        NonFiniteLossError: During training, at the first loss that is not finite, in all processes alike; it names the
            images of those that found it.
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
        distiller = _distiller(bare_model(runner))
        if isinstance(distiller.student, TimmViT):
            describe_student(distiller.student)
        else:
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
        broken = _not_finite(outputs)
        if not broken:
            return
        # The outputs are means over all processes, so that all of them come here, whoever found it.
        own = getattr(runner.train_loop, 'own_logs', outputs)
        found = all_gather_object((bool(_not_finite(own)), [sample.img_path for sample in data_batch['data_samples']]))
        culprits = [rank for rank, (is_broken, _) in enumerate(found) if is_broken] or list(range(len(found)))
        places = [
            f'{", ".join(found[rank][1])}' + (f' (process {rank} of {len(found)})' if len(found) > 1 else '')
            for rank in culprits
        ]
        advice = 'Lower the learning rate, or look at these images.'
        if runner.iter == 0:
            advice = 'No step had been taken, so look at these images, and at the weights that the config loads.'
        raise NonFiniteLossError(
            f'{"; ".join(broken)} at iteration {runner.iter + 1}, on the images {"; ".join(places)}. {advice}'
        )

    def _log_statistics(self, runner: Runner, data_batch: Any) -> None:
        distiller = _distiller(bare_model(runner))
        if not isinstance(distiller, FeatureDistiller):
            return
        # In training mode, since only then do segmentors pad to whole patches.
        inputs = bare_model(runner).data_preprocessor(data_batch, True)['inputs']
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
        model, weights = exported_model(runner)
        distiller = _distiller(model)
        if not isinstance(distiller.student, TimmViT):
            return
        provenance = dict(
            teacher=distiller.teacher.describe(),
            teacher_weights=getattr(getattr(distiller.teacher, 'load_report', None), 'source', 'random'),
            method=type(distiller).__name__,
            config=os.path.basename(runner.cfg.filename or 'config built in Python'),
            iterations=iterations,
            seed=runner.seed,
            **weights,
        )
        if model is not distiller:
            provenance['task'] = type(model.task_model).__name__
        export_student(distiller.student, os.path.join(runner.work_dir, 'student.pth'), provenance)
        self._exported_iter = iterations


def _not_finite(values: dict[str, Any]) -> list[str]:
    tensors = {name: torch.as_tensor(value).detach() for name, value in values.items()}
    return [f'{name} = {value.item()}' for name, value in tensors.items() if not value.isfinite()]


def _distiller(model: Any) -> Distiller:
    """Return the distiller inside the model of a task, or the model itself."""
    distiller: Distiller = getattr(model, 'distiller', model)
    return distiller
