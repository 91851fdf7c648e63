import json
import sys

import pytest
from conftest import STUDENT

from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

pytestmark = pytest.mark.slow


@pytest.fixture
def student_file(tmp_path):
    path = tmp_path / 'tiny.pth'
    export_student(TimmViT(**{key: value for key, value in STUDENT.items() if key != 'type'}).eval(), path, {})
    return path


@pytest.fixture
def sublayers(load_tool, monkeypatch, image_folder, tmp_path):
    tool = load_tool('analysis/sublayers.py')

    def run(*arguments):
        common = ['--images', image_folder, '--out', tmp_path / 'new/out']
        monkeypatch.setattr(sys, 'argv', ['sublayers.py', *map(str, [*arguments, *common])])
        tool.main()
        return json.loads((tmp_path / 'new/out/sublayers.json').read_text())

    return run


def test_table_picture_and_numbers(sublayers, student_file, tmp_path, capsys):
    results = sublayers(f'one:{student_file}', f'two:{student_file}', '--layers', 1, 3, '--number', 3)
    assert list(results) == ['one', 'two']
    assert results['one'] == results['two']
    assert len(results['one']['images']) == 3
    assert results['one']['size'] == 32
    assert list(results['one']['blocks']) == ['1', '3']
    attention = results['one']['blocks']['3']['attention']
    assert list(attention) == ['ordinary', 'outlier', 'cls']
    assert attention['cls']['images'] == 3 and attention['cls']['mean'] > 0 and attention['cls']['std'] > 0
    assert (tmp_path / 'new/out/sublayers.png').read_bytes().startswith(b'\x89PNG')
    printed = capsys.readouterr().out
    assert f'{attention["cls"]["mean"]:.2f}±{attention["cls"]["std"]:.2f}' in printed
    assert 'two: |added| / |input|' in printed


def test_a_number_that_does_not_exist_is_null(sublayers, student_file):
    (one,) = sublayers(student_file, '--number', 1).values()
    assert one['blocks']['0']['mlp']['ordinary']['std'] is None


def test_sentences(sublayers, student_file, tmp_path):
    with pytest.raises(SystemExit, match='^error: layer 4.* 0 to 3'):
        sublayers(student_file, '--layers', 4)
    with pytest.raises(SystemExit, match='^error: .*nowhere.pth'):
        sublayers(tmp_path / 'nowhere.pth')
    with pytest.raises(SystemExit, match="^error: .*'a'.*LABEL:reference"):
        sublayers(f'a:{student_file}', f'a:{student_file}')
    assert not (tmp_path / 'new').exists()
