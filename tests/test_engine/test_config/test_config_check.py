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
    ('key', 'message'),
    [
        (
            'model.loss_kd.los_weight',
            r'model\.loss_kd\.los_weight is unknown; allowed: distance, layer_weights, loss_weight',
        ),
        ('model.refner', r'model\.refner is unknown; allowed:.*refiner'),
        ('train_dataloader.batchsize', r'train_dataloader\.batchsize is unknown; allowed:.*batch_size'),
        ('train_dataloader.dataset.root', r'dataset\.root is unknown; allowed:.*data_root'),
        ('optim_wrapper.optimizer.learning_rate', r'learning_rate is unknown; allowed:.*lr'),
        ('param_scheduler.0.start', r'param_scheduler\.0\.start is unknown; allowed:.*begin'),
        ('custom_hooks.0.every', r'custom_hooks\.0\.every is unknown; allowed: interval, quantile'),
        ('default_hooks.logger.every', r'logger\.every is unknown; allowed:.*interval'),
        ('train_cfg.epochs', r'train_cfg\.epochs is unknown; allowed:.*max_epochs'),
        ('optim_wraper', "did you mean 'optim_wrapper'"),
    ],
)
def test_names_the_unknown_key_and_what_is_allowed(cfg, key, message):
    cfg.merge_from_dict({key: 1})
    with pytest.raises(ConfigError, match=message):
        check_config(cfg)


def test_names_the_unknown_type_and_what_resembles_it(cfg):
    cfg.model.loss_kd.type = 'KDLos'
    with pytest.raises(ConfigError, match=r"model\.loss_kd\.type is 'KDLos', which no registry knows; similar: KDLoss"):
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
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if not {'_base_', 'ablations'} & set(path.parts))


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
    ('key', 'message'),
    [
        ('model.decode_head.num_clases', r'model\.decode_head\.num_clases is unknown; allowed:.*num_classes'),
        ('model.data_preprocessor.bgr2rgb', r'data_preprocessor\.bgr2rgb is unknown; allowed:.*bgr_to_rgb'),
        ('test_dataloader.dataset.pipeline.1.size', r'pipeline\.1\.size is unknown; allowed:.*scale'),
        ('train_dataloader.dataset.dataset.dataroot', r'dataset\.dataset\.dataroot is unknown; allowed:.*data_root'),
        ('test_evaluator.0.metrics', r'test_evaluator\.0\.metrics is unknown; allowed:.*iou_metrics'),
    ],
)
def test_keys_of_the_default_scope_are_checked_too(segmentation_cfg, key, message):
    segmentation_cfg.merge_from_dict({key: 1})
    with pytest.raises(ConfigError, match=message):
        check_config(segmentation_cfg)


def test_a_bare_name_means_the_class_of_the_default_scope(segmentation_cfg):
    """mmsegmentation, mmcv and mmdetection have transforms of one name."""
    for scope in ('mmseg', 'mmcv'):
        assert find_classes('LoadAnnotations', scope)[0].__module__.startswith(f'{scope}.')
        assert find_classes(f'{scope}.LoadAnnotations', 'mmpretrain')[0].__module__.startswith(f'{scope}.')
    segmentation_cfg.model.decode_head.type = 'LinearDecodeHad'
    with pytest.raises(ConfigError, match="decode_head.type is 'LinearDecodeHad', which no registry knows; similar:"):
        check_config(segmentation_cfg)
