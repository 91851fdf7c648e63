"""Resumed with another config: real trainings, whose rates are those of a run that had it from the start."""

import copy
import logging

import pytest
from mmengine.config import Config

from singer_mm.engine.runner.configured_settings import ConfiguredSettings
from singer_mm.errors import ConfigError
from singer_mm.registry import RUNNERS

pytestmark = pytest.mark.slow


@pytest.fixture
def train(run_cfg, tmp_path):
    def _train(name, resume=None, **changes):
        cfg = Config(copy.deepcopy(run_cfg))
        cfg.merge_from_dict({'default_hooks.checkpoint.interval': 4, 'custom_hooks': []})
        changes = dict(experiment_name=name, work_dir=str(tmp_path / name), **changes)
        cfg.merge_from_dict(changes)
        if resume is not None:
            cfg.merge_from_dict(dict(resume=True, load_from=f'{resume.work_dir}/iter_{resume.iter}.pth'))
        runner = RUNNERS.build(cfg)
        records = []
        handler = logging.Handler()
        handler.emit = lambda record: records.append(record.getMessage())
        runner.logger.addHandler(handler)
        runner.train()
        runner.said = [line for line in records if 'has changed since' in line]
        return runner

    return _train


def rates(runner):
    return runner.message_hub.get_scalar('train/lr').data[0].tolist()


BY_EPOCH = [dict(type='LinearLR', start_factor=0.1, end=1), dict(type='CosineAnnealingLR', begin=1, eta_min_ratio=0.01)]
MIXED = [
    dict(type='LinearLR', start_factor=0.1, end=6, by_epoch=False),
    dict(type='MultiStepLR', milestones=[1, 3], gamma=0.5),
]


@pytest.mark.parametrize(
    'change',
    [
        {'train_cfg.max_epochs': 4},
        {'optim_wrapper.optimizer.lr': 1e-4, 'train_cfg.max_epochs': 3},
        {'param_scheduler': BY_EPOCH, 'train_cfg.max_epochs': 4},
        {'param_scheduler': MIXED, 'train_cfg.max_epochs': 4},
    ],
    ids=['epochs', 'rate', 'by_epoch', 'mixed'],
)
def test_rates_are_those_of_a_run_that_was_so_from_the_start(train, change):
    schedule = {key: value for key, value in change.items() if key == 'param_scheduler'}
    whole = train('whole', **change)
    part = train('part', **schedule)
    resumed = train('resumed', resume=part, **change)
    assert rates(resumed)[8:] == rates(whole)[8:]
    assert len(rates(whole)) > 8
    assert rates(resumed)[:8] == rates(part)
    assert len(resumed.said) == 1


def test_other_settings_of_the_optimizer_follow_the_config(train):
    part = train('part')
    resumed = train('resumed', resume=part, **{'optim_wrapper.optimizer.weight_decay': 0.5, 'train_cfg.max_epochs': 3})
    group = resumed.optim_wrapper.param_groups[0]
    assert group['weight_decay'] == 0.5
    state = resumed.optim_wrapper.optimizer.state
    assert {int(entry['step']) for entry in state.values()} == {12}  # the moments went on
    assert 'optimizer.weight_decay: ' in resumed.said[0]
    assert 'param_scheduler.1.end: ' in resumed.said[0]


def test_without_a_change_nothing_is_said_nor_run_anew(train, monkeypatch):
    part = train('part')
    monkeypatch.setattr('singer_mm.engine.runner.configured_settings._run', None)
    assert train('resumed', resume=part).said == []


def test_a_rate_without_a_schedule(train):
    part = train('part', param_scheduler=None)
    resumed = train(
        'resumed', resume=part, param_scheduler=None, **{'optim_wrapper.optimizer.lr': 1e-4, 'train_cfg.max_epochs': 3}
    )
    assert rates(resumed)[7:] == [1e-3, *[1e-4] * 4]


def test_a_schedule_that_follows_a_metric_is_refused(train, monkeypatch):
    runner = train('plateau')
    configured = ConfiguredSettings(runner)
    runner.optim_wrapper.param_groups[0]['weight_decay'] = 0.9
    runner.param_schedulers[0].need_val_args = True
    with pytest.raises(ConfigError, match=r'optimizer\.weight_decay: 0\.9 -> .* load_from'):
        configured.restore_where_changed(4)


@pytest.mark.parametrize(
    ('key', 'value', 'words'),
    [
        ('param_scheduler.1.begin', 2, r'param_scheduler\.1\.begin is 2\b.*\b2 epochs'),
        ('param_scheduler.1.end', 1, r'param_scheduler\.1\.begin is 1\b.*\b1 epochs'),
        ('param_scheduler.0.end', 3, r'param_scheduler\.0\.end is 3\b.*\b2 epochs'),
    ],
)
def test_schedules_that_do_not_fit_the_training_are_refused(train, key, value, words):
    with pytest.raises(ConfigError, match=words):
        train('short', **{key: value})
