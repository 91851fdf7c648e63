"""The tools that move a student to another library, and their sentences."""

import sys

import pytest
import torch
from conftest import STUDENT

from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

TINY = {key: value for key, value in STUDENT.items() if key != 'type'}


@pytest.fixture
def student(tmp_path):
    export_student(TimmViT(**TINY, dynamic_img_size=True), tmp_path / 'student.pth', dict(config='tiny.py'))
    return tmp_path / 'student.pth'


@pytest.fixture
def run(load_tool, monkeypatch):
    def run_tool(name, *arguments):
        tool = load_tool(f'model_converters/{name}.py')
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, arguments)])
        tool.main()

    return run_tool


def test_onnx(student, run, tmp_path, capsys):
    run('student_to_onnx', student, '--out', tmp_path / 'new/student.onnx')
    assert (tmp_path / 'new/student.onnx').is_file()
    said = capsys.readouterr().out
    assert 'difference from torch' in said
    assert 'dynamic' in said and 'fixed' not in said


def test_onnx_of_weights_in_a_file_has_a_fixed_size(run, tmp_path, capsys):
    vit = TimmViT('vit_tiny_patch16_224', img_size=32, depth=12).vit
    torch.save(vit.state_dict(), tmp_path / 'tiny.pth')
    run('student_to_onnx', f'vit_tiny_patch16_224={tmp_path}/tiny.pth', '--out', tmp_path / 'tiny.onnx')
    assert 'dynamic_img_size' in capsys.readouterr().out


def test_mmpretrain(student, run, tmp_path, capsys):
    run('student_to_mmpretrain', student, '--out', tmp_path / 'new/mm.pth')
    assert {path.name for path in (tmp_path / 'new').iterdir()} == {'mm.pth', 'mm.py'}
    assert 'difference from timm' in capsys.readouterr().out


def test_transformers_and_back(student, run, tmp_path, capsys):
    run('student_to_transformers', student, '--out', tmp_path / 'new/hf')
    assert 'ViTModel' in capsys.readouterr().out
    run('transformers_to_student', tmp_path / 'new/hf', '--out', tmp_path / 'back/student.pth')
    before, after = load_checkpoint(student), load_checkpoint(tmp_path / 'back/student.pth')
    assert before['state_dict'].keys() == after['state_dict'].keys()
    assert all(torch.equal(value, after['state_dict'][name]) for name, value in before['state_dict'].items())
    assert (after['architecture'], after['normalization']) == (before['architecture'], before['normalization'])
    assert after['provenance']['config'] == 'tiny.py'


@pytest.mark.parametrize(
    ('tool', 'out', 'named'),
    [
        ('student_to_onnx', 'student.pt', r'--out .*student\.pt\b.*\.onnx'),
        ('student_to_mmpretrain', 'student.py', r'--out .*student\.py\b.*\.pth'),
        ('transformers_to_student', 'student.bin', r'--out .*student\.bin\b.*\.pth'),
    ],
)
def test_other_suffixes_are_refused(student, run, tmp_path, tool, out, named):
    with pytest.raises(SystemExit, match=f'^error: {named}'):
        run(tool, student, '--out', tmp_path / out)


@pytest.mark.parametrize('tool', ['student_to_onnx', 'student_to_mmpretrain', 'student_to_transformers'])
def test_a_missing_student_is_a_sentence(run, tmp_path, tool):
    out = tmp_path / ('x.onnx' if 'onnx' in tool else 'x.pth')
    with pytest.raises(SystemExit, match=r'^error: .*gone\.pth'):
        run(tool, 'gone.pth', '--out', out)


def test_a_network_that_does_not_map_is_a_sentence(run, tmp_path):
    changes = dict(TINY, model_name='vit_small_patch16_dinov3')
    export_student(TimmViT(**changes), tmp_path / 'rope.pth', provenance={})
    with pytest.raises(SystemExit, match=r'^error: .*\bEva'):
        run('student_to_transformers', tmp_path / 'rope.pth', '--out', tmp_path / 'hf')
