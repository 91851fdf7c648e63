import json
import sys

import pytest
from conftest import TEACHER
from mmengine.config import Config

pytestmark = pytest.mark.slow


@pytest.fixture
def artifacts(load_tool, monkeypatch):
    tool = load_tool('analysis/artifacts.py')

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['artifacts.py', *map(str, arguments)])
        tool.main()

    return run


@pytest.fixture
def teacher(tmp_path):
    Config(dict(teacher=dict(TEACHER))).dump(tmp_path / 'tiny.py')
    return tmp_path / 'tiny.py'


def test_writes_numbers_and_pictures_and_tells(artifacts, teacher, image_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    artifacts(teacher, '--images', image_folder, '--number', 3, '--device', 'cpu')
    out = tmp_path / 'work_dirs/artifacts/tiny'
    assert sorted(path.name for path in out.iterdir()) == [
        'artifacts.json',
        *(f'{name}.png' for name in ('norms', 'nullspace', 'outliers', 'positions', 'spectra')),
    ]
    content = json.loads((out / 'artifacts.json').read_text())
    assert content['size'] == 32 and len(content['images']) == 3 and len(content['layers']) == 6
    printed = capsys.readouterr().out
    assert 'tiny: 3 images of 32 px, 4 x 4 patches' in printed
    assert printed.count('warning: ') == 2 and 'random' in printed
    advice = printed[printed.index('model = dict(') : printed.index('\n)\n') + 3]
    model = eval(advice.removeprefix('model = '))
    assert model['teacher_layers'] == [3, 5] and model['loss_outlier'] is None


def test_label_size_and_folder(artifacts, teacher, image_folder, tmp_path):
    artifacts(f'mine:{teacher}', '--images', image_folder, '--size', 50, '--number', 2, '--out', tmp_path / 'out')
    content = json.loads((tmp_path / 'out/artifacts.json').read_text())
    assert content['teacher'] == 'mine' and content['size'] == 48 and content['grid'] == [6, 6]


def test_sentences(artifacts, teacher, image_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match='^error: .*resnet50.*ResNet'):
        artifacts('resnet50', '--images', image_folder)
    with pytest.raises(SystemExit, match='^error: .*nowhere'):
        artifacts(teacher, '--images', tmp_path / 'nowhere')
    with pytest.raises(SystemExit, match='^error: .*size 5'):
        artifacts(teacher, '--images', image_folder, '--size', 5)
    with pytest.raises(SystemExit, match='^error: .*abacus'):
        artifacts(teacher, '--images', image_folder, '--device', 'abacus')
    assert not (tmp_path / 'work_dirs').exists()
    (tmp_path / 'file').write_text('')
    with pytest.raises(SystemExit, match='^error: --out .*file'):
        artifacts(teacher, '--images', image_folder, '--out', tmp_path / 'file')
