"""One reading of ``[LABEL:]BACKBONE``, whichever tool takes it."""

from pathlib import Path

import pytest

from singer_mm.engine.config.backbone_label import split_label


@pytest.mark.parametrize(
    ('argument', 'label', 'reference'),
    [
        ('vit_tiny_patch16_224.augreg_in21k', 'vit_tiny_patch16_224.augreg_in21k', 'vit_tiny_patch16_224.augreg_in21k'),
        ('runs/vitl_vitt/student.pth', 'vitl_vitt-student', 'runs/vitl_vitt/student.pth'),
        ('ours:runs/vitl_vitt/student.pth', 'ours', 'runs/vitl_vitt/student.pth'),
        ('vit_tiny_patch16_224=w/tiny.safetensors', 'w-tiny', 'vit_tiny_patch16_224=w/tiny.safetensors'),
        ('mine:vit_tiny_patch16_224=b/file.pth', 'mine', 'vit_tiny_patch16_224=b/file.pth'),
        ('configs/teachers/large.py', 'large', 'configs/teachers/large.py'),
        ('hf-hub:timm/vit_tiny.augreg', 'hf-hub:timm/vit_tiny.augreg', 'hf-hub:timm/vit_tiny.augreg'),
        ('teacher:hf-hub:timm/vit_tiny', 'teacher', 'hf-hub:timm/vit_tiny'),
        ('a:b:x.pth', 'a:b', 'x.pth'),
        ('no distillation / 2:x.pth', 'no distillation / 2', 'x.pth'),
        (':x/y.pth', 'x-y', 'x/y.pth'),
    ],
)
def test_labels(argument, label, reference):
    assert split_label(argument) == (label, reference)


def test_a_file_of_the_current_folder_has_the_name_of_that_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert split_label('student.safetensors') == (f'{tmp_path.name}-student', 'student.safetensors')


def test_a_colon_in_the_name_of_a_file_separates_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path))
    path = Path('2026-05-01T12:30/student.pth')
    path.parent.mkdir()
    path.write_bytes(b'')
    for prefix in ('', '~/', 'vit_tiny_patch16_224='):
        argument = f'{prefix}{path}'
        assert split_label(argument) == ('2026-05-01T12:30-student', argument)
        assert split_label(f'ours:{argument}') == ('ours', argument)


def test_a_directory_counts_like_a_file_and_stands_for_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('runs/2026-05-01T12:30.pth').mkdir(parents=True)
    argument = 'runs/2026-05-01T12:30.pth'
    assert split_label(argument) == (argument, argument)
    assert split_label(f'ours:{argument}') == ('ours', argument)


def test_a_prefix_of_timm_is_no_label_even_of_what_exists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('weights').mkdir()
    assert split_label('local-dir:weights') == ('local-dir:weights', 'local-dir:weights')
    assert split_label('mine:local-dir:weights') == ('mine', 'local-dir:weights')
