"""A student is read with its history, and nothing is imported that nobody asked for."""

import subprocess
import sys

import pytest
import torch

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.export.student_source import read_student
from singer_mm.models.backbones.student_export import export_student

pytestmark = pytest.mark.slow


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_an_exported_student_brings_its_history(make_student, tmp_path, suffix):
    original = make_student().backbone
    export_student(original, tmp_path / 'student.pth', dict(config='run.py', iterations=8))
    student = read_student(str(tmp_path / f'student{suffix}'))
    assert (student.provenance['source'], student.provenance['config']) == (f'student{suffix}', 'run.py')
    assert student.backbone.normalization == original.normalization
    assert torch.equal(student.backbone.vit.pos_embed, original.vit.pos_embed)
    assert not student.backbone.training


def test_a_missing_file_and_a_hub_out_of_reach_are_sentences(monkeypatch):
    with pytest.raises(ConfigError, match=r'gone\.pth'):
        read_student('gone.pth')

    def refuse(*args, **kwargs):
        raise OSError('no route to host')

    monkeypatch.setattr('timm.create_model', refuse)
    with pytest.raises(CheckpointError, match='vit_tiny_patch16_224.*no route'):
        read_student('vit_tiny_patch16_224')


def test_the_core_and_the_exports_need_no_other_library():
    libraries = ('onnx', 'onnxruntime', 'transformers', 'mmpretrain', 'mmcv')
    # MMEngine takes transformers where it finds it; without it, too, everything must work.
    code = (
        f'import sys\nsys.modules.update(dict.fromkeys({libraries}))\n'
        'import singer_mm.models, singer_mm.export.onnx_export, singer_mm.export.transformers_import, '
        'singer_mm.export.mmpretrain_export'
    )
    subprocess.run([sys.executable, '-c', code], check=True)
