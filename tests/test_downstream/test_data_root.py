"""Where the datasets lie, and what is shorter on the miniature ones."""

import pytest
from mmengine.config import Config

from singer_mm.downstream import use_data
from singer_mm.downstream.data_root import data_folder
from singer_mm.errors import DataError


@pytest.fixture
def cfg():
    return Config(
        dict(
            train_dataloader=dict(batch_size=64, dataset=dict(dataset=dict(data_root='data/imagenet'))),
            test_evaluator=[dict(ann_file='data/coco/val.json'), dict(prefix='database/x', note='data')],
            train_cfg=dict(max_epochs=100),
            mini=dict(train_cfg=dict(max_epochs=5), train_dataloader=dict(batch_size=8)),
        )
    )


def paths(cfg):
    return (
        cfg.train_dataloader.dataset.dataset.data_root,
        cfg.test_evaluator[0]['ann_file'],
        cfg.test_evaluator[1]['prefix'],
        cfg.test_evaluator[1]['note'],
    )


@pytest.mark.parametrize('slash', ['', '/'])
def test_a_folder_takes_the_place_of_data(cfg, tmp_path, slash):
    use_data(cfg, f'{tmp_path}{slash}')
    assert paths(cfg) == (f'{tmp_path}/imagenet', f'{tmp_path}/coco/val.json', 'database/x', 'data')
    assert (cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size) == (100, 64)
    assert 'mini' not in cfg


def test_mini_is_a_folder_and_the_delta_of_the_config(cfg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data/mini').mkdir(parents=True)
    use_data(cfg, 'mini')
    assert paths(cfg) == ('data/mini/imagenet', 'data/mini/coco/val.json', 'database/x', 'data')
    assert (cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size) == (5, 8)
    assert 'mini' not in cfg
    # A training dumps its config; with the same option it says the same.
    use_data(cfg, 'mini')
    assert paths(cfg)[0] == 'data/mini/imagenet'


def test_without_the_option_only_the_delta_goes(cfg):
    before = paths(cfg)
    use_data(cfg, None)
    assert paths(cfg) == before
    assert cfg.train_cfg.max_epochs == 100
    assert 'mini' not in cfg


def test_missing_folders_are_named_with_the_remedy(cfg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match='data folder data/mini does not exist; run python tools/make_mini_suite.py'):
        use_data(cfg.copy(), 'mini')
    with pytest.raises(DataError, match='data folder elsewhere does not exist; give the folder that holds'):
        use_data(cfg, 'elsewhere')


def test_the_folder_that_an_option_names():
    assert (data_folder(None), data_folder('mini'), data_folder('/x')) == ('data', 'data/mini', '/x')
