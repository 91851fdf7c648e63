"""Keep the best epoch instead of the last one, as the released evaluation of SiNGER does."""

import math
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.registry import HOOKS

RULES = ('greater', 'less')
KEY = 'best_epoch'


@HOOKS.register_module()
class BestEpochHook(Hook):
    """Evaluate after each epoch, and end the training with the weights of the best one.

    The released code evaluates on the test set, so its numbers are too good: use this hook only to compare with them.
    Every checkpoint holds the best trained weights so far (of a probe, its head) and their value under ``best_epoch``.
    A resumed training continues from them, and a test of any checkpoint uses them.

    Args:
        evaluator: Metrics.
        key: Name of the metric that decides.
        rule: ``greater`` or ``less``: which value of ``key`` is better. Of equal values the first wins.
        dataloader: Top-level key of the config that holds the loader.

    Raises:
        ConfigError: If ``rule`` is unknown; after the first epoch, if the metrics lack the key; at the end, if no epoch
            has a finite value.
    """

    priority = 'NORMAL'  # before CheckpointHook

    def __init__(
        self,
        evaluator: dict[str, Any] | list[dict[str, Any]],
        key: str,
        rule: str = 'greater',
        dataloader: str = 'test_dataloader',
    ) -> None:
        if rule not in RULES:
            raise ConfigError(f'BestEpochHook: rule is {rule!r}; allowed: {", ".join(RULES)}.')
        self.evaluator = evaluator
        self.key = key
        self.rule = rule
        self.dataloader = dataloader
        self._best: dict[str, Any] | None = None
        self._loader: DataLoader | None = None

    def after_train_epoch(self, runner: Runner) -> None:
        """Evaluate, and keep the weights if they are the best so far."""
        value = self._evaluate(runner)
        sign = 1 if self.rule == 'greater' else -1
        if not math.isfinite(value) or (self._best is not None and sign * value <= sign * self._best['value']):
            return
        runner.logger.info(f'epoch {runner.epoch + 1} is the best so far: {self.key} = {value:.4f}')
        model = bare_model(runner.model)
        frozen = tuple(f'{name}.' for name, module in model.named_modules() if getattr(module, 'frozen', False))
        state = model.state_dict().items()
        trained = {key: value.detach().cpu().clone() for key, value in state if not key.startswith(frozen)}
        self._best = dict(value=value, epoch=runner.epoch + 1, state_dict=trained)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Store the best epoch."""
        if self._best is not None:
            checkpoint[KEY] = self._best

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Continue with the best epoch so far; if nothing is trained, use its weights."""
        best = checkpoint.get(KEY)
        if not isinstance(best, dict):
            return
        if getattr(runner, 'is_resuming', False):
            self._best = best
        else:
            checkpoint['state_dict'].update(best['state_dict'])

    def after_train(self, runner: Runner) -> None:
        """Load the best weights."""
        if self._best is None:
            raise ConfigError(f'no epoch has a finite {self.key}; lower the learning rate.')
        bare_model(runner.model).load_state_dict(self._best['state_dict'], strict=False)
        runner.logger.info(f'the weights are those of epoch {self._best["epoch"]}, the best by {self.key}')

    def _evaluate(self, runner: Runner) -> float:
        if self._loader is None:
            if self.dataloader not in runner.cfg:
                raise ConfigError(f'BestEpochHook: the config has no key {self.dataloader}, which must hold a loader.')
            self._loader = runner.build_dataloader(runner.cfg[self.dataloader])
        evaluator = runner.build_evaluator(self.evaluator)
        evaluator.dataset_meta = getattr(self._loader.dataset, 'metainfo', None)
        model = bare_model(runner.model)
        was_training = model.training
        model.eval()
        with torch.no_grad():
            for batch in self._loader:
                evaluator.process(data_samples=model.test_step(batch), data_batch=batch)
        model.train(was_training)
        size = len(self._loader.dataset)  # type: ignore[arg-type]
        metrics = evaluator.evaluate(size)
        if self.key not in metrics:
            raise ConfigError(f'BestEpochHook: its metrics have no {self.key!r}; allowed: {", ".join(metrics)}.')
        return float(metrics[self.key])
