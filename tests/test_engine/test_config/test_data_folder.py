"""Where the datasets lie, and which config is meant for the miniature ones."""

import pytest
from conftest import ROOT
from mmengine.config import Config

from singer_mm.engine.config import use_data
from singer_mm.engine.config.data_folder import data_folder, mini_config
from singer_mm.errors import ConfigError, DataError


@pytest.fixture
def cfg():
    return Config(
        dict(
            train_dataloader=dict(dataset=dict(dataset=dict(data_root='data/imagenet'))),
            test_evaluator=[dict(ann_file='data/coco/val.json'), dict(prefix='database/x', note='data')],
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


@pytest.mark.parametrize('by_key', [True, False])
def test_mini_is_a_folder_below_data(cfg, tmp_path, monkeypatch, by_key):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data/mini').mkdir(parents=True)
    if by_key:
        cfg.data_folder = 'data/mini'
    use_data(cfg, None if by_key else 'mini')
    assert paths(cfg) == ('data/mini/imagenet', 'data/mini/coco/val.json', 'database/x', 'data')
    # A training dumps its config; read again, it says the same.
    use_data(cfg)
    assert paths(cfg)[0] == 'data/mini/imagenet'


def test_without_a_folder_nothing_moves(cfg):
    before = paths(cfg)
    use_data(cfg)
    assert paths(cfg) == before


@pytest.mark.parametrize(
    ('name', 'mini'),
    [
        ('downstream/pets/knn.py', 'mini/pets/knn.py'),
        ('task/segmentation_dinov2l_vits.py', 'mini/task/segmentation_dinov2l_vits.py'),
        ('mini/pets/knn.py', 'mini/pets/knn.py'),
    ],
)
def test_every_task_config_has_a_miniature(name, mini):
    assert mini_config(ROOT / 'configs' / name) == ROOT / 'configs' / mini


@pytest.mark.slow
def test_all_configs_of_tasks_have_one():
    for folder in ('downstream', 'task'):
        for path in (ROOT / 'configs' / folder).rglob('*.py'):
            if '_base_' not in path.parts:
                assert Config.fromfile(mini_config(path)).data_folder == 'data/mini'


def test_a_config_without_a_miniature_is_named(tmp_path):
    for name in ('mine.py', 'downstream/mushrooms/knn.py'):
        with pytest.raises(ConfigError, match=name):
            mini_config(tmp_path / name)


def test_missing_folders_are_named_with_the_remedy(cfg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r'data/mini .*tools/make_mini_suite\.py'):
        use_data(cfg.copy(), 'mini')
    with pytest.raises(DataError, match='elsewhere'):
        use_data(cfg, 'elsewhere')


def test_the_folder_that_an_option_names():
    assert (data_folder(None), data_folder('mini'), data_folder('/x')) == ('data', 'data/mini', '/x')
