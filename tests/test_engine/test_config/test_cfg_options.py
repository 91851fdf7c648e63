import argparse
import sys

import pytest
from mmengine.config import Config

from singer_mm.engine.config.cfg_options import TextOptions, merge_options
from singer_mm.errors import ConfigError


@pytest.fixture
def cfg():
    return Config(
        dict(
            layers=[17, 23],
            nested=[[1, 2], [3]],
            hooks=[dict(type='A', interval=1), dict(type='B')],
            dataset=dict(data_root='data', cropped=None),
            loader=None,
            rate=1e-3,
        )
    )


@pytest.mark.parametrize(
    ('options', 'key', 'value'),
    [
        ({'layers.1': '11'}, 'layers', [17, 11]),
        ({'layers.0': '5', 'layers.1': '11'}, 'layers', [5, 11]),
        ({'nested.0.1': '9'}, 'nested', [[1, 9], [3]]),
        ({'layers': '5,6'}, 'layers', [5, 6]),
        ({'hooks.1.interval': '7'}, 'hooks', [dict(type='A', interval=1), dict(type='B', interval=7)]),
        ({'dataset.data_root': '2024'}, 'dataset', dict(data_root='2024', cropped=None)),
        ({'dataset.new': '2024'}, 'dataset', dict(data_root='data', cropped=None, new=2024)),
        ({'other.new': 'a b'}, 'other', dict(new='a b')),
        ({'dataset': dict(_delete_=True, x=1)}, 'dataset', dict(x=1)),
        ({'dataset._delete_': 'True', 'dataset.x': '1'}, 'dataset', dict(x=1)),
    ],
)
def test_values_are_put_in(cfg, options, key, value):
    merge_options(cfg, options)
    assert cfg.to_dict()[key] == value


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'layers.5': '3'}, r'layers\.5: layers .* 0 to 1\b'),
        ({'layers.last': '3'}, r'layers\.last: .* 0 to 1\b'),
        ({'layers.0.x': '3'}, r'layers\.0\.x: layers\.0 is 17\b'),
        ({'dataset.data_root.x': '1'}, r"dataset\.data_root\.x: dataset\.data_root is 'data'"),
        ({'loader.batch_size': '1'}, r'loader\.batch_size: loader is None\b'),
        ({'rate': '[1,2'}, r'rate=\[1,2: '),
        ({'dataset': '3', 'dataset.data_root': 'x'}, r'dataset and dataset\.data_root\b'),
        ({'custom_imports': 'mine'}, 'custom_imports.imports='),
        ({'custom_imports.imports': 'no_such_module_of_mine'}, 'no_such_module_of_mine'),
    ],
)
def test_a_slip_is_one_sentence(cfg, options, message):
    with pytest.raises(ConfigError, match=message):
        merge_options(cfg, options)


def test_custom_imports_are_imported_beside_those_of_the_config(cfg, tmp_path, monkeypatch):
    (tmp_path / 'module_of_mine.py').write_text('')
    monkeypatch.syspath_prepend(str(tmp_path))
    cfg.custom_imports = dict(imports=['singer_mm.registry'])
    merge_options(cfg, {'custom_imports.imports': 'module_of_mine'})
    assert 'module_of_mine' in sys.modules
    assert cfg.custom_imports.imports == ['singer_mm.registry', 'module_of_mine']


def parse(*options):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=TextOptions)
    return parser.parse_args(['--cfg-options', *options]).cfg_options


def test_values_stay_text_until_the_config_is_known():
    assert parse('a.b=1, 2', 'c=x=y', 'd=') == {'a.b': '1, 2', 'c': 'x=y', 'd': ''}


@pytest.mark.parametrize('option', ['train_cfg.max_epochs', '=3', 'a..b=3', '.a=3'])
def test_no_key_and_value(option, capsys):
    with pytest.raises(SystemExit):
        parse(option)
    assert repr(option) in capsys.readouterr().err
