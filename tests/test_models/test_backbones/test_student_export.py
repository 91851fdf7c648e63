import json

import pytest
import timm
import torch
from conftest import STUDENT
from safetensors import safe_open

from singer_mm.errors import CheckpointError
from singer_mm.models import TimmViT
from singer_mm.models.backbones import student_export
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS

PROVENANCE = dict(teacher='vit_large', config='a.py', iterations=5)


@pytest.fixture
def student():
    return MODELS.build(dict(STUDENT, drop_path_rate=0.3))


def test_both_files_describe_themselves(student, tmp_path):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    file = torch.load(tmp_path / 'student.pth', weights_only=True)
    assert set(file) == {'format', 'state_dict', 'architecture', 'normalization', 'provenance'}
    assert file['provenance'].items() >= PROVENANCE.items()
    assert {'singer_mm_version', 'singer_mm_commit'} <= set(file['provenance'])
    with safe_open(tmp_path / 'student.safetensors', framework='pt') as twin:
        description = json.loads(twin.metadata()['description'])
        assert description['provenance'] == file['provenance']
        assert all(torch.equal(twin.get_tensor(key), value) for key, value in file['state_dict'].items())


@torch.no_grad()
def test_plain_timm_and_timm_vit_give_the_same_outputs(student, tmp_path, images):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    expected = student.eval().vit.forward_features(images)
    file = torch.load(tmp_path / 'student.pth', weights_only=True)
    plain = timm.create_model(file['architecture']['model_name'], **file['architecture']['timm_kwargs']).eval()
    plain.load_state_dict(file['state_dict'], strict=True)
    assert torch.equal(plain.forward_features(images), expected)
    for suffix in ('pth', 'safetensors'):
        restored = TimmViT(checkpoint=str(tmp_path / f'student.{suffix}')).eval()
        assert restored.weights_loaded
        assert restored.normalization == student.normalization
        assert torch.equal(restored.vit.forward_features(images), expected)


def test_leaves_the_student_as_it_was(student, tmp_path):
    student.train().double()
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    assert student.training
    assert next(student.parameters()).dtype == torch.float64


def test_a_file_that_gives_other_outputs_is_no_success(student, tmp_path, monkeypatch):
    monkeypatch.setattr(student_export, '_largest_difference', lambda *_: float('nan'))
    with pytest.raises(CheckpointError, match=r'student\.pth gives other outputs'):
        export_student(student, tmp_path / 'student.pth', PROVENANCE)


def test_another_input_size_resamples_the_position_embedding(student, tmp_path):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    larger = TimmViT(checkpoint=str(tmp_path / 'student.pth'), img_size=64)
    assert larger(torch.randn(1, 3, 64, 64))[0].shape == (1, 24, 8, 8)
