import re

import pytest
from conftest import ROOT
from mmengine.config import Config

from singer_mm.engine.config import resolve_backbone
from singer_mm.engine.config.config_check import accepted_arguments, check_config, find_classes
from singer_mm.errors import ConfigError
from singer_mm.models import SiNGERDistiller, TimmViT


@pytest.fixture
def cfg():
    return Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py')


@pytest.mark.parametrize(
    ('key', 'allowed'),
    [
        ('model.loss_kd.los_weight', 'distance, layer_weights, loss_weight'),
        ('model.refner', 'refiner'),
        ('train_dataloader.batchsize', 'batch_size'),
        ('train_dataloader.dataset.root', 'data_root'),
        ('optim_wrapper.optimizer.learning_rate', 'lr'),
        ('param_scheduler.0.start', 'begin'),
        ('custom_hooks.0.every', 'interval, quantile'),
        ('default_hooks.logger.every', 'interval'),
        ('train_cfg.epochs', 'max_epochs'),
        ('optim_wraper', 'optim_wrapper'),
    ],
)
def test_names_the_unknown_key_and_what_is_allowed(cfg, key, allowed):
    cfg.merge_from_dict({key: 1})
    with pytest.raises(ConfigError, match=rf'{re.escape(key)}\b.*\b{allowed}\b'):
        check_config(cfg)


def test_names_the_unknown_type_and_what_resembles_it(cfg):
    cfg.model.loss_kd.type = 'KDLos'
    with pytest.raises(ConfigError, match=r"model\.loss_kd\.type is 'KDLos'.*\bKDLoss\b"):
        check_config(cfg)


def test_variables_of_the_config_pass(cfg):
    cfg.merge_from_dict(dict(crop_size=224, my_note='x'))
    check_config(cfg)


def test_kwargs_are_followed_to_the_base_class():
    assert {'refiner', 'teacher_layers', 'data_preprocessor'} <= accepted_arguments(SiNGERDistiller)
    assert accepted_arguments(TimmViT) is None  # its **timm_kwargs go to timm, which checks them


# A frozen teacher of a few thousand weights fits every protocol.
TINY = dict(type='singer_mm.TimmViT', model_name='vit_tiny_patch16_224', embed_dim=24, depth=4, num_heads=3)
# Sets of variants are no configs by themselves: tests/test_analysis/test_ablations checks what they make of theirs.
CONFIGS = sorted(
    path for path in (ROOT / 'configs').rglob('*.py') if not {'_base_', 'ablations', 'methods.py'} & set(path.parts)
)


@pytest.mark.slow
@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: str(path.relative_to(ROOT / 'configs')))
def test_every_shipped_config_passes(path):
    cfg = Config.fromfile(path)
    if 'backbone' in cfg:
        cfg.backbone = dict(TINY)
    resolve_backbone(cfg)
    check_config(cfg)


@pytest.fixture
def segmentation_cfg():
    cfg = Config.fromfile(ROOT / 'configs/downstream/ade20k/linear_paper.py')
    cfg.backbone = dict(TINY)
    resolve_backbone(cfg)
    return cfg


@pytest.mark.parametrize(
    ('key', 'allowed'),
    [
        ('model.decode_head.num_clases', 'num_classes'),
        ('model.data_preprocessor.bgr2rgb', 'bgr_to_rgb'),
        ('test_dataloader.dataset.pipeline.1.size', 'scale'),
        ('train_dataloader.dataset.dataset.dataroot', 'data_root'),
        ('test_evaluator.0.metrics', 'iou_metrics'),
    ],
)
def test_keys_of_the_default_scope_are_checked_too(segmentation_cfg, key, allowed):
    segmentation_cfg.merge_from_dict({key: 1})
    with pytest.raises(ConfigError, match=rf'{re.escape(key)}\b.*\b{allowed}\b'):
        check_config(segmentation_cfg)


def test_a_bare_name_means_the_class_of_the_default_scope(segmentation_cfg):
    """mmsegmentation, mmcv and mmdetection have transforms of one name."""
    for scope in ('mmseg', 'mmcv'):
        assert find_classes('LoadAnnotations', scope)[0].__module__.startswith(f'{scope}.')
        assert find_classes(f'{scope}.LoadAnnotations', 'mmpretrain')[0].__module__.startswith(f'{scope}.')
    segmentation_cfg.model.decode_head.type = 'LinearDecodeHad'
    with pytest.raises(ConfigError, match=r"model\.decode_head\.type is 'LinearDecodeHad'"):
        check_config(segmentation_cfg)
