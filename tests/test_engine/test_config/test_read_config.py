"""What the options of the tools make of a config."""

from types import SimpleNamespace

import pytest
from conftest import ROOT

from singer_mm.engine.config import BatchPlan
from singer_mm.engine.config.command_line import read_config
from singer_mm.errors import ConfigError


def read(config, **options):
    defaults = dict(cfg_options=None, launcher='none', data=None, backbone=None, max_batch_per_gpu=None)
    return read_config(SimpleNamespace(**{**defaults, **options, 'config': str(ROOT / 'configs' / config)}))


def test_mini_takes_the_miniature_of_the_config():
    full, mini = read('downstream/pets/linear_paper.py'), read('downstream/pets/linear_paper.py', data='mini')
    assert (full.total_batch_size, mini.total_batch_size) == (64, 32)
    assert mini.data_folder == 'data/mini'
    assert mini.model.to_dict() == full.model.to_dict()


def test_the_command_line_has_the_last_word_over_the_miniature():
    cfg = read('downstream/pets/linear_paper.py', data='mini', cfg_options={'train_cfg.max_epochs': 3})
    assert cfg.train_cfg.max_epochs == 3


def test_another_folder_keeps_the_config():
    cfg = read('downstream/pets/linear_paper.py', data='elsewhere')
    assert (cfg.data_folder, cfg.total_batch_size) == ('elsewhere', 64)


def test_a_batch_of_each_process_takes_the_place_of_the_total():
    cfg = read('singer/vitl_vitt.py', cfg_options={'train_dataloader.batch_size': 8})
    assert BatchPlan.of(cfg, processes=4).total == 32
    both = read('singer/vitl_vitt.py', cfg_options={'train_dataloader.batch_size': 8, 'total_batch_size': 32})
    with pytest.raises(ConfigError, match='train_dataloader.batch_size is 8'):
        BatchPlan.of(both, processes=4)


def test_the_largest_batch_of_a_gpu_is_an_option():
    cfg = read('singer/vitl_vitt.py', max_batch_per_gpu=16)
    assert BatchPlan.of(cfg, processes=2).accumulation == 16


def test_a_backbone_is_for_configs_that_have_one():
    assert read('downstream/pets/knn.py', backbone='vit_tiny_patch16_224').backbone == 'vit_tiny_patch16_224'
    with pytest.raises(ConfigError, match='--backbone'):
        read('singer/vitl_vitt.py', backbone='vit_tiny_patch16_224')


def test_a_missing_file_is_named():
    with pytest.raises(ConfigError, match=r'none\.py'):
        read('none.py')
