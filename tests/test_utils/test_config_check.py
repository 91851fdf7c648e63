import pytest
from conftest import ROOT
from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.models import SiNGERDistiller, TimmViT
from singer_mm.utils.config_check import accepted_arguments, check_config


@pytest.fixture
def cfg():
    return Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py')


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('model.loss_kd.los_weight', r'model\.loss_kd\.los_weight is unknown; allowed: loss_weight, reduction'),
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
