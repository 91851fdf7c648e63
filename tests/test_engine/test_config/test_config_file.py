import re

import pytest
from conftest import ROOT

from singer_mm.engine.config.config_file import load_config_file
from singer_mm.errors import ConfigError


@pytest.fixture
def write(tmp_path):
    def _write(name, content):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('a = (1,\nb = 2\n', ['line 1']),
        ('a = 1\nb = = 2\n', ['line 2']),
        ('a = 1\n  b = 2\n', ['line 2', 'indent']),
        (b'\x89PNG\r\n\x1a\n\x00\xff', ['text']),
        (b'a = 1\x00', ['null']),
        ('', ['empty']),
        ('# nothing\n', ['empty']),
        ("_base_ = 'none.py'\n", ['none.py', 'config.py']),
        ("_base_ = ['none.py']\n", ['none.py', 'config.py']),
        ('_base_ = 3\n', ['line 1', '_base_ is 3']),
        ("_base_ = 'config.py'\n", ['config.py -> ']),
        ("_base_ = '..'\n", ['_base_']),
        ('a = 1\nb = c\n', ['line 2', 'NameError', "'c'"]),
        ('def f():\n    return 1 / 0\nb = f()\n', ['line 2', 'ZeroDivisionError']),
        ('import sys\nsys.exit(3)\n', ['SystemExit']),
        ("custom_imports = dict(imports=['no_such_module'])\n", ['no_such_module']),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_file(write, content, words):
    with pytest.raises(ConfigError) as caught:
        load_config_file(write('config.py', content))
    for word in ['config.py', *words]:
        assert word in str(caught.value)
    assert '\n' not in str(caught.value)
    assert '--data' not in str(caught.value)


def test_circles_and_faults_below_are_found(write):
    first = write('first.py', "_base_ = 'second.py'\n")
    write('second.py', "_base_ = './first.py'\n")
    with pytest.raises(ConfigError, match=r'first\.py -> .*second\.py -> .*first\.py'):
        load_config_file(first)
    write('second.py', 'x = 1\ny = z\n')
    with pytest.raises(ConfigError, match=r'second\.py, line 2: NameError'):
        load_config_file(first)


def test_keys_that_contradict_their_base(write):
    write('base.py', 'model = 3\nlist = [1]\n')
    with pytest.raises(ConfigError, match=r'child\.py'):
        load_config_file(write('child.py', "_base_ = 'base.py'\nmodel = dict(type='X')\n"))


@pytest.mark.parametrize('name', ['config.txt', 'config'])
def test_other_kinds_are_named(write, name):
    with pytest.raises(ConfigError, match=rf'{name} .*\.py, \.json'):
        load_config_file(write(name, 'a = 1'))


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('config.json', '{"a": 1}'),
        ('config.yaml', 'a: 1'),
        ('config.py', "a = 1\nb = '{{$HOME:none}}'\nc = '{{ fileBasename }}'\n"),
    ],
)
def test_what_mmengine_reads_is_read(write, name, content):
    assert load_config_file(write(name, content)).a == 1


@pytest.mark.parametrize('content', ['{"a": ', '[1, 2]', '3'])
def test_broken_json(write, content):
    with pytest.raises(ConfigError, match=r'config\.json'):
        load_config_file(write('config.json', content))


def test_a_folder_and_a_shipped_config(tmp_path):
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path))):
        load_config_file(tmp_path)
    assert load_config_file(ROOT / 'configs/singer/vitl_vitt.py').train_cfg.max_epochs == 100
