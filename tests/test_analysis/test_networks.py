import pytest
import timm
import torch
from conftest import TEACHER
from mmengine.config import Config

from singer_mm.analysis.networks import load_network, native_size, pick_device
from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student


@pytest.fixture
def write(tmp_path):
    """Write a config and return its path."""

    def write(**content):
        path = tmp_path / 'config.py'
        Config(content).dump(path)
        return str(path)

    return write


def test_a_teacher_of_a_config_is_frozen_and_takes_any_size(write):
    network = load_network(write(teacher=dict(TEACHER)))
    assert not network.training and not any(parameter.requires_grad for parameter in network.parameters())
    assert native_size(network) == 32
    assert network.forward_tokens(torch.zeros(1, 3, 48, 64), [5])[5].shape == (1, 1 + 6 * 8, 48)


def test_of_a_distillation_the_teacher_of_the_model_counts(write):
    base, delta = dict(TEACHER), dict(TEACHER, depth=3)
    assert load_network(write(teacher=base, model=dict(type='SiNGERDistiller', teacher=delta))).num_layers == 3


def test_what_a_config_says_of_its_size_is_kept(write):
    assert not load_network(write(teacher=dict(TEACHER, dynamic_img_size=False))).vit.dynamic_img_size


def test_an_exported_student_is_itself(tmp_path):
    student = TimmViT(**{key: value for key, value in TEACHER.items() if key != 'type'})
    export_student(student, tmp_path / 'student.pth', {})
    loaded = load_network(str(tmp_path / 'student.pth'))
    assert all(torch.equal(value, loaded.vit.state_dict()[key]) for key, value in student.vit.state_dict().items())


def test_a_cnn_is_refused_before_anything_is_fetched(monkeypatch):
    create = timm.create_model

    def without_hub(*args, pretrained, **kwargs):
        assert not pretrained
        return create(*args, **kwargs)

    monkeypatch.setattr(timm, 'create_model', without_hub)
    with pytest.raises(ConfigError, match='resnet50.*ResNet'):
        load_network('resnet50')


def test_weights_that_cannot_be_fetched_are_one_sentence(monkeypatch):
    create = timm.create_model

    def offline(*args, pretrained, **kwargs):
        if pretrained:
            raise OSError('no route\nto the hub')
        return create(*args, **kwargs)

    monkeypatch.setattr(timm, 'create_model', offline)
    with pytest.raises(CheckpointError, match='no route to the hub.*local file'):
        load_network('vit_tiny_patch16_224')


def test_other_sentences(write, tmp_path):
    with pytest.raises(ConfigError, match='nowhere.py'):
        load_network('nowhere.py')
    with pytest.raises(ConfigError, match='model.teacher'):
        load_network(write(student=dict(TEACHER)))
    with pytest.raises(ConfigError, match='no_such_vit'):
        load_network('no_such_vit')
    with pytest.raises(ConfigError, match='student.pth'):
        load_network(str(tmp_path / 'student.pth'))
    with pytest.raises(ConfigError, match='abacus.* auto, cpu, cuda'):
        pick_device('abacus')
    assert pick_device('cpu').type == 'cpu'
