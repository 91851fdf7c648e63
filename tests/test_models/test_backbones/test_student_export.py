import json
import os

import pytest
import timm
import torch
from conftest import STUDENT
from safetensors import safe_open

from singer_mm.errors import CheckpointError
from singer_mm.models import TimmViT
from singer_mm.models.backbones import student_export
from singer_mm.models.backbones.student_export import describe_student, export_student
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
    with pytest.raises(CheckpointError, match=r'student\.pth .*outputs'):
        export_student(student, tmp_path / 'student.pth', PROVENANCE)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_leave_the_files_written_before(student, tmp_path, value):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    student.vit.blocks[1].norm1.bias.data[3] = value
    with pytest.raises(CheckpointError, match=r'student\.pth .*blocks\.1\.norm1\.bias'):
        export_student(student, tmp_path / 'student.pth', PROVENANCE)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_disk_that_writes_something_else_leaves_the_files_written_before(student, tmp_path, monkeypatch):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    save = torch.save

    def save_wrongly(content, file):
        save(dict(content, state_dict={key: value + 1e-6 for key, value in content['state_dict'].items()}), file)

    monkeypatch.setattr(torch, 'save', save_wrongly)
    with pytest.raises(CheckpointError, match=r'student\.pth .*weights'):
        export_student(student, tmp_path / 'student.pth', PROVENANCE)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_equal_students_are_equal_bytes(student, tmp_path):
    for name in 'abc':
        (tmp_path / name).mkdir()
        export_student(student, tmp_path / name / f'{name}.pth', PROVENANCE)
    for suffix in ('pth', 'safetensors'):
        assert len({(tmp_path / name / f'{name}.{suffix}').read_bytes() for name in 'abc'}) == 1


def test_a_damaged_safetensors_file_is_refused(student, tmp_path):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    path = tmp_path / 'student.safetensors'
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r'student\.safetensors'):
        TimmViT(checkpoint=str(path))


def test_a_view_does_not_take_its_storage_along(student, tmp_path):
    wide = torch.zeros(10_000, student.embed_dims)
    student.vit.norm.weight.data = wide[5]
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    assert (tmp_path / 'student.pth').stat().st_size < 4 * wide.numel()


def test_a_student_from_a_hub_is_described_by_its_plain_architecture(student):
    student.model_name = 'hf-hub:somebody/something'
    assert describe_student(student)['architecture']['model_name'] == 'vit_tiny_patch16_224'


def test_arguments_that_no_file_may_hold_are_told_before_the_training(student):
    student.timm_kwargs['norm_layer'] = torch.nn.LayerNorm
    with pytest.raises(CheckpointError, match=r'architecture\.timm_kwargs\.norm_layer'):
        describe_student(student)


def test_another_input_size_resamples_the_position_embedding(student, tmp_path):
    export_student(student, tmp_path / 'student.pth', PROVENANCE)
    larger = TimmViT(checkpoint=str(tmp_path / 'student.pth'), img_size=64)
    assert larger(torch.randn(1, 3, 64, 64))[0].shape == (1, 24, 8, 8)
