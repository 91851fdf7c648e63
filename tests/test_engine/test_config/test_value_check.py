"""Values that cannot work are refused before anything is built."""

import copy
import math

import pytest
from conftest import ROOT
from mmengine.config import Config

from singer_mm.engine.config import check_config, check_values
from singer_mm.errors import ConfigError

WHOLE = Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py').to_dict()


def config():
    return Config(copy.deepcopy(WHOLE))


BAD = {
    'total_batch_size': [0, -8, 2.5, '32', True, [32]],
    'max_batch_per_gpu': [0, '16'],
    'train_cfg.max_epochs': [0, -1, 1.5, '100', None],
    'train_cfg.val_interval': [0, 'never'],
    'train_dataloader.num_workers': [-1, 'all', 1.0],
    'train_dataloader.prefetch_factor': [0],
    'train_dataloader.drop_last': ['yes'],
    'train_dataloader.dataset': [3, 'ImageNet'],
    'train_dataloader.dataset.crops_per_image': [0, '4'],
    'train_dataloader.dataset.data_root': [2024, ['a', 'b']],
    'train_dataloader.dataset.pipeline': ['LoadRGBImage', [3]],
    'train_dataloader.dataset.pipeline.1.size': [0, '224', [224, -1]],
    'optim_wrapper.optimizer.lr': [-1e-3, '1e-3', math.nan, math.inf],
    'optim_wrapper.optimizer.betas': [0.9, [0.9], [0.9, 1.0], [0.9, -0.1]],
    'optim_wrapper.optimizer.weight_decay': [-1e-4, 'no'],
    'optim_wrapper.clip_grad': [1.0],
    'optim_wrapper.accumulative_counts': [0],
    'param_scheduler': [3, [3]],
    'param_scheduler.0.end': [0, -5, 'never'],
    'param_scheduler.0.start_factor': [0, 1.5],
    'param_scheduler.1.eta_min_ratio': [-0.1, 2],
    'default_hooks.checkpoint.interval': [0, -2, 0.5],
    'default_hooks.checkpoint.max_keep_ckpts': [0],
    'default_hooks.logger': [50],
    'default_hooks.logger.interval': [0, -1, '50'],
    'custom_hooks': ['EMAHook', ['dict(type="EMAHook")']],
    'custom_hooks.0.interval': [0],
    'custom_hooks.1.max_share': [1.5, -0.1, '1%'],
    'randomness.seed': [-1, 2**32, 'random', 1.5],
    'auto_scale_lr.base_batch_size': [0],
    'log_level': ['LOUD'],
    'resume': ['auto'],
    'model': [3],
    'model.auxiliary_head': [{'channels': 16}, 3, 'FCNHead', []],
    'model.teacher_layers': [17, [], [-1], ['17'], [17.0]],
    'model.student_layers': [[-1], 'all'],
    'model.detach_target': [1, 'no'],
    'model.refiner': ['NullspaceAdapter'],
    'model.refiner.rank': [0, -1, 6.5, '64', None],
    'model.refiner.preserve_norm': ['yes'],
    'model.loss_outlier.quantile': [0, 1, 97, '0.97'],
    'model.loss_outlier.loss_weight': [-1, 'auto', math.nan],
    'model.loss_kd.loss_weight': [None],
    'model.teacher.checkpoint': [2024],
    'env_cfg.dist_cfg.backend': [5, 'ncll'],
    'env_cfg.mp_cfg.mp_start_method': ['thread'],
}


@pytest.mark.parametrize(('key', 'value'), [(key, value) for key, values in BAD.items() for value in values])
def test_key_and_value_are_named(key, value):
    cfg = config()
    cfg.merge_from_dict({key: value})
    with pytest.raises(ConfigError) as caught:
        check_values(cfg)
        check_config(cfg)
    message = str(caught.value)
    assert message.startswith(key) or (key == 'model.refiner' and message.startswith('model.'))
    assert repr(value)[:70] in message
    assert 'allowed: ' in message
    assert '\n' not in message


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('default_hooks.checkpoint.interval', -1),
        ('default_hooks.logger', None),
        ('model.loss_info', None),
        ('model.student_layers', [3, 11]),
        ('randomness.seed', 2**32 - 1),
        ('optim_wrapper.optimizer.lr', 0),
        ('optim_wrapper.optimizer.betas', [0.9, 0.95]),
        ('my_note', [1, 'x']),
    ],
)
def test_values_that_work_pass(key, value):
    cfg = config()
    cfg.merge_from_dict({key: value})
    check_values(cfg)
    check_config(cfg)


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('runner_type', 'Runer', "runner_type is 'Runer'.*SafeRunner"),
        ('default_scope', 'mmdett', "default_scope is 'mmdett'"),
        ('total_batch_sise', 8, "'total_batch_sise'.*'total_batch_size'"),
        ('alow_random_teacher', True, "'alow_random_teacher'.*'allow_random_teacher'"),
        ('train_cfg.accumulation', 0, r'train_cfg\.accumulation is 0\b.* from 1\b'),
        (
            'val_evaluator',
            [dict(type='TopOneAccuracy', collect_device='gpus')],
            "collect_device is 'gpus'",
        ),
    ],
)
def test_what_nobody_could_have_meant_is_named(key, value, message):
    cfg = config()
    cfg.merge_from_dict({key: value})
    if key == 'val_evaluator':
        cfg.merge_from_dict(dict(val_dataloader=dict(), val_cfg=dict(type='ValLoop')))
    with pytest.raises(ConfigError, match=message):
        check_values(cfg)
        check_config(cfg)


def test_a_config_without_a_model():
    with pytest.raises(ConfigError, match=r'model=dict\(type='):
        check_values(Config({}))


@pytest.mark.parametrize('key', ['train_cfg', 'optim_wrapper', 'train_dataloader'])
def test_what_a_loop_needs_is_there_together(key):
    cfg = config()
    cfg[key] = None
    with pytest.raises(ConfigError, match=rf'^{key}\b'):
        check_values(cfg)


ODD = [None, True, 10**30, '', 'backbone.x', [[]], {}, {'type': None}]
KEYS = sorted(key for key in BAD if '.' in key and 'hooks' not in key)


@pytest.mark.parametrize('key', KEYS)
def test_any_value_passes_or_is_named(key):
    """Whatever a key holds, there is no other error than a sentence about it."""
    for value in ODD:
        cfg = config()
        *parents, last = key.split('.')
        owner = cfg
        for part in parents:
            owner = owner[int(part)] if part.isdigit() else owner.setdefault(part, {})
        owner[int(last) if last.isdigit() else last] = value
        try:
            check_values(cfg)
            check_config(cfg)
        except ConfigError as error:
            assert key.partition('.')[0] in str(error)
