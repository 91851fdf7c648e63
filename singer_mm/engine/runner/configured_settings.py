"""Settings of optimizer and schedulers that have changed since a checkpoint was written."""

import copy
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict, _ParamScheduler
from mmengine.runner import Runner

from singer_mm.errors import ConfigError

MOVES = {'optimizer', 'last_step', '_global_step', '_last_value', 'verbose'}
"""Attributes of a scheduler that change while it runs, or do not affect its values."""


class ConfiguredSettings:
    """The config's settings of optimizer and schedulers, kept while a checkpoint is loaded over them.

    MMEngine 0.10 takes all settings from the checkpoint: a longer training stays at the last rate of the old schedule,
    and a new learning rate has no effect. Here the config decides: if it differs, the optimizer keeps its moments, its
    settings become those of the config, and the schedulers run again up to the iteration of the checkpoint. A
    prolonged run then has the rates of a run that had this length from the start.

    Args:
        runner: A Runner whose optimizer and schedulers were built from its config, before a checkpoint is loaded.
    """

    def __init__(self, runner: Runner) -> None:
        self._parts = [
            (name, optimizer, _settings(optimizer), schedulers, [copy.deepcopy(s.state_dict()) for s in schedulers])
            for name, optimizer, schedulers in _parts(runner)
        ]

    def restore_where_changed(self, epoch_length: int) -> list[str]:
        """Use the config's settings from here on; an epoch has ``epoch_length`` iterations.

        Returns:
            What has changed, as ``optimizer.lr: 0.001 -> 0.0001``.

        Raises:
            ConfigError: If a schedule that follows a metric would have to run again.
        """
        changes = []
        for name, optimizer, settings, schedulers, states in self._parts:
            differing = [*_changed_settings(optimizer, settings, schedulers), *_changed_schedules(schedulers, states)]
            changes += [f'{name}{change}' for change in differing]
            if not differing:
                continue
            if any(getattr(scheduler, 'need_val_args', False) for scheduler in schedulers):
                raise ConfigError(
                    f'{differing[0]} since the checkpoint was written, and a schedule that follows a metric cannot run '
                    'again; resume with the config in the work directory, or start a new run with load_from.'
                )
            steps = [scheduler._global_step for scheduler in schedulers]
            for group, configured in zip(optimizer.param_groups, settings, strict=True):
                group.update({key: value for key, value in configured.items() if key in group})
            for scheduler, state in zip(schedulers, states, strict=True):
                scheduler.load_state_dict(state)
            _run(schedulers, steps, epoch_length)
        return changes


def _parts(runner: Runner) -> Iterator[tuple[str, OptimWrapper, Sequence[_ParamScheduler]]]:
    wrapper, schedulers = runner.optim_wrapper, runner.param_schedulers or []
    if isinstance(wrapper, OptimWrapperDict):
        for name, part in wrapper.items():
            yield f'{name}.', part, schedulers[name] if isinstance(schedulers, dict) else []
    elif isinstance(wrapper, OptimWrapper):
        yield '', wrapper, schedulers


def _settings(optimizer: OptimWrapper) -> list[dict[str, Any]]:
    return [{key: value for key, value in group.items() if key != 'params'} for group in optimizer.param_groups]


def _changed_settings(
    optimizer: OptimWrapper, configured: list[dict[str, Any]], schedulers: Sequence[_ParamScheduler]
) -> Iterator[str]:
    """Yield how the loaded settings differ from the configured ones: each key once, for the first group with it."""
    scheduled = {scheduler.param_name for scheduler in schedulers}
    if 'momentum' in scheduled:
        scheduled.add('betas')
    seen: set[str] = set()
    for loaded, wanted in zip(_settings(optimizer), configured, strict=True):
        for key in wanted:
            if key in loaded and key not in scheduled | seen and _plain(loaded[key]) != _plain(wanted[key]):
                seen.add(key)
                yield f'optimizer.{key.removeprefix("initial_")}: {loaded[key]} -> {wanted[key]}'


def _changed_schedules(schedulers: Sequence[_ParamScheduler], states: list[dict[str, Any]]) -> Iterator[str]:
    for index, (scheduler, wanted) in enumerate(zip(schedulers, states, strict=True)):
        loaded = scheduler.state_dict()
        for key in wanted:
            # The base values are those of the optimizer, which _changed_settings compares.
            if key not in MOVES | {'base_values'} and _plain(loaded.get(key)) != _plain(wanted[key]):
                yield f'param_scheduler.{index}.{key}: {loaded.get(key)} -> {wanted[key]}'


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _run(schedulers: Sequence[_ParamScheduler], steps: Sequence[int], epoch_length: int) -> None:
    """Step schedulers as often as ``steps`` says, in the order of a training."""
    by_iteration = [(s, count) for s, count in zip(schedulers, steps, strict=True) if not s.by_epoch]
    by_epoch = [(s, count) for s, count in zip(schedulers, steps, strict=True) if s.by_epoch]
    with warnings.catch_warnings():
        # torch warns of schedulers that step before the optimizer, which made its steps before it was saved.
        warnings.filterwarnings('ignore', message='Detected call of `scheduler.step')
        for epoch in range(-(-max((count for _, count in by_iteration), default=0) // epoch_length)):
            _step(by_iteration, epoch * epoch_length, (epoch + 1) * epoch_length)
            _step(by_epoch, epoch, epoch + 1)
        _step(by_epoch, 0, max((count for _, count in by_epoch), default=0))


def _step(schedulers: Sequence[tuple[_ParamScheduler, int]], first: int, last: int) -> None:
    for number in range(first, last):
        for scheduler, count in schedulers:
            if scheduler._global_step <= number < count:
                scheduler.step()
