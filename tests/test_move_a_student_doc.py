"""The page's blocks load what the page's commands write."""

import importlib.util
import re
import shlex
import sys

import pytest
import torch
from conftest import ROOT, STUDENT

from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

PAGE = (ROOT / 'docs/move_a_student.md').read_text()
FILES = ('student.onnx', 'student_hf', 'student_mmpretrain.pth', 'student_mmpretrain.py', 'student_back.pth')


@pytest.fixture(scope='module')
def load_tool():
    """Import a tool by its path."""

    def load(path):
        spec = importlib.util.spec_from_file_location(f'tool_{(ROOT / path).stem}', ROOT / path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def section(title):
    """Commands and Python blocks under a heading."""
    text = re.search(rf'^## {title}.*?\n(.*?)(?=^## |\Z)', PAGE, flags=re.MULTILINE | re.DOTALL)[1]
    blocks = {
        language: re.findall(rf'^```{language}\n(.*?)^```', text, flags=re.MULTILINE | re.DOTALL)
        for language in ('bash', 'python')
    }
    commands = [line for block in blocks['bash'] for line in block.splitlines() if line.startswith('python ')]
    return commands, blocks['python']


def relocate(text, folder):
    """Replace the page's file names by those in ``folder``, and nothing else."""
    text = text.replace('work_dirs/quickstart/student.pth', f'{folder}/trained.pth')
    for name in FILES:
        text = re.sub(rf"(?<=[' ]){re.escape(name)}(?=['\s]|$)", f'{folder}/{name}', text)
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    ('title', 'size'), [('timm', 224), ('ONNX Runtime', 32), ('Hugging Face transformers', 32), ('mmpretrain', 32)]
)
def test_section(title, size, tmp_path, monkeypatch, load_tool):
    tiny = {key: value for key, value in STUDENT.items() if key != 'type'}
    student = TimmViT(**{**tiny, 'img_size': size}, dynamic_img_size=True)
    export_student(student, tmp_path / 'trained.pth', provenance={})
    commands, blocks = section(title)
    assert len(blocks) == 1
    assert bool(commands) == (title != 'timm')
    for command in commands:
        _, tool, *arguments = shlex.split(relocate(command, tmp_path))
        monkeypatch.setattr(sys, 'argv', [tool, *arguments])
        load_tool(tool).main()
    names = {}
    exec(compile(relocate(blocks[0], tmp_path), 'move_a_student.md', 'exec'), names)
    if title == 'timm':
        images = torch.randn(1, 3, size, size)
        torch.testing.assert_close(names['vit'].forward_features(images), student.eval().vit.forward_features(images))
        assert names['tokens'].shape == (1, 785, 24)
        assert (tuple(names['mean']), tuple(names['std'])) == student.normalization
    else:
        assert names['cls_token'].shape[1:] == (24,)
    if 'patch_tokens' in names:
        assert names['patch_tokens'].shape[1:] == (16, 24)
