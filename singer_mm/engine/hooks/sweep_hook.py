"""Choose among the heads of a sweep on data that none of them was trained on."""

import math
import os
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.models.heads.sweep import SweepMixin, find_sweep
from singer_mm.registry import HOOKS
from singer_mm.utils.atomic_path import write_json

from .cached_backbone import cached_backbone

RULES = ('greater', 'less')


@HOOKS.register_module()
class SweepHook(Hook):
    """Evaluate all heads of a :class:`SweepMixin` after the last epoch, choose the best, write ``sweep.json``.

    The held-out images pass through the backbone once: all heads predict from the same features of a batch
    (:class:`CachedBackbone`). The choice is made before the checkpoint is written, so the checkpoint holds it.
    ``sweep.json`` in the work directory holds the value of every head.

    Args:
        dataloader: Loader of the held-out part (see :class:`HoldOut`), with the transforms of testing; or the
            top-level key of the config that holds it, since a config cannot change one hook of an inherited list.
        evaluator: Metrics; each head gets its own.
        key: Name of the metric that decides.
        rule: ``greater`` or ``less``: which value of ``key`` is better. Of equal values the first wins.

    Raises:
        ConfigError: If ``rule`` is unknown; at the end of training, if the key of the config or of the metrics does
            not exist, or no head has a finite value.
    """

    priority = 'NORMAL'  # before CheckpointHook

    def __init__(
        self,
        dataloader: dict[str, Any] | str,
        evaluator: dict[str, Any] | list[dict[str, Any]],
        key: str,
        rule: str = 'greater',
    ) -> None:
        if rule not in RULES:
            raise ConfigError(f'SweepHook: rule is {rule!r}; allowed: {", ".join(RULES)}.')
        self.dataloader = dataloader
        self.evaluator = evaluator
        self.key = key
        self.rule = rule

    def after_train_epoch(self, runner: Runner) -> None:
        """Choose a head after the last epoch."""
        if not self.is_last_train_epoch(runner):
            return
        model = bare_model(runner.model)
        sweep = find_sweep(model)
        values = self._evaluate(runner, model, sweep)
        best = self._best(values)
        sweep.choose(best)
        runner.logger.info(
            f'sweep: {best} of {len(values)} heads, {self.key} = {values[best]:.4f} on the held-out part'
        )
        if is_main_process():
            self._write(os.path.join(runner.work_dir, 'sweep.json'), sweep, values)

    def _evaluate(self, runner: Runner, model: Any, sweep: SweepMixin) -> dict[str, float]:
        cfg = self.dataloader
        if isinstance(cfg, str):
            if cfg not in runner.cfg:
                raise ConfigError(
                    f'SweepHook: the config has no key {cfg}; it must hold the loader of the held-out part.'
                )
            cfg = runner.cfg[cfg]
        dataloader = runner.build_dataloader(cfg)
        evaluators = {name: runner.build_evaluator(self.evaluator) for name in sweep.heads}
        for evaluator in evaluators.values():
            evaluator.dataset_meta = getattr(dataloader.dataset, 'metainfo', None)
        was_training = model.training
        model.eval()
        for batch in dataloader:
            data = model.data_preprocessor(batch, False)
            with torch.no_grad(), cached_backbone(model) as backbone:
                for name, evaluator in evaluators.items():
                    backbone.rewind()
                    sweep.choose(name)
                    evaluator.process(data_samples=model(**data, mode='predict'), data_batch=batch)
        model.train(was_training)
        size = len(dataloader.dataset)
        return {name: self._value(evaluator.evaluate(size)) for name, evaluator in evaluators.items()}

    def _value(self, metrics: dict[str, Any]) -> float:
        if self.key not in metrics:
            raise ConfigError(f'SweepHook: its metrics have no {self.key!r}; allowed: {", ".join(metrics)}.')
        return float(metrics[self.key])

    def _best(self, values: dict[str, float]) -> str:
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        if not finite:
            raise ConfigError(f'none of the {len(values)} heads has a finite {self.key}; lower the learning rates.')
        return (max if self.rule == 'greater' else min)(finite, key=finite.__getitem__)

    def _write(self, path: str, sweep: SweepMixin, values: dict[str, float]) -> None:
        heads = [
            dict(
                name=name,
                lr=sweep.learning_rates[name],
                **sweep.settings[name],
                value=value if math.isfinite(value) else None,  # JSON knows no NaN
            )
            for name, value in values.items()
        ]
        content = dict(key=self.key, rule=self.rule, chosen=sweep.chosen_name, heads=heads)
        write_json(path, content)
