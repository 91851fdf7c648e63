import json
import sys

import pytest
from conftest import STUDENT, TEACHER
from mmengine.config import Config
from mmengine.registry import RUNNERS

import singer_mm.registry  # noqa: F401  registers the runner
from singer_mm.analysis.views.student_beside_teacher import quarters, same_depth
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

pytestmark = pytest.mark.slow


@pytest.fixture
def train(run_cfg, tmp_path):
    """Run the two epochs of ``run_cfg`` with another model; return its work directory."""

    def run(name='run', **model):
        source = tmp_path / f'{name}.py'
        cfg = dict(run_cfg, work_dir=str(tmp_path / name), experiment_name=f'{tmp_path.name}_{name}')
        Config(dict(cfg, model=dict(run_cfg['model'], **model))).dump(source)
        RUNNERS.build(Config.fromfile(source)).train()
        return tmp_path / name

    return run


@pytest.fixture
def export(tmp_path):
    def export(cfg, name):
        path = tmp_path / f'{name}.pth'
        export_student(TimmViT(**{key: value for key, value in cfg.items() if key != 'type'}).eval(), path, {})
        return path

    return export


@pytest.fixture
def compare(load_tool, monkeypatch, image_folder, tmp_path):
    tool = load_tool('analysis/compare_students.py')

    def run(*arguments):
        common = ['--images', image_folder, '--out', tmp_path / 'new/out']
        monkeypatch.setattr(sys, 'argv', ['compare_students.py', *map(str, [*arguments, *common])])
        tool.main()
        return json.loads((tmp_path / 'new/out/compare_students.json').read_text())

    return run


def test_a_run_beside_the_student_it_exported(train, compare, tmp_path, capsys):
    work_dir = train()
    results = compare(work_dir, work_dir / 'student.pth', '--number', 5)
    assert (len(results['images']), results['size']) == (5, 32)
    run, file = results['students']['run'], results['students']['run-student']
    assert [(pair['teacher_layer'], pair['student_layer']) for pair in run['pairs']] == [(3, 2), (5, 3)]
    # The file knows neither refiners nor projectors, but it is the same student beside the same teacher.
    assert set(file['pairs'][0]) == {'teacher_layer', 'student_layer', 'student_teacher'}
    for one, other in zip(run['pairs'], file['pairs'], strict=True):
        same = one['student_teacher'], other['student_teacher']
        assert same[0]['cka'] == pytest.approx(same[1]['cka'], abs=1e-4)
        assert same[0]['patch_cosine_correlation'] == pytest.approx(same[1]['patch_cosine_correlation'], abs=1e-4)
        assert same[0]['token_cosine'] is not None and same[1]['token_cosine'] is None
        assert one['refined_teacher']['token_cosine'] > 0.9  # the refiner starts as the identity
    assert len(run['cka_teacher_by_student']) == 6 and len(run['cka_teacher_by_student'][0]) == 4
    assert run['cka_teacher_by_student'][3][2] == pytest.approx(run['pairs'][0]['student_teacher']['cka'])
    assert (tmp_path / 'new/out/compare_students.png').read_bytes().startswith(b'\x89PNG')
    printed = capsys.readouterr().out
    assert 'student-refined' in printed and f'{run["pairs"][1]["refined_teacher"]["cka"]:.3f}' in printed


def test_two_networks_of_other_patch_grids(export, compare):
    teacher, student = export(TEACHER, 'teacher'), export(dict(STUDENT, patch_size=16), 'student')
    results = compare(f'self:{teacher}', student, '--teacher', teacher, '--layers', 1, 5)
    itself, other = results['students']['self'], [*results['students'].values()][1]
    assert [pair['student_layer'] for pair in itself['pairs']] == [1, 5]
    assert all(pair['student_teacher']['cka'] == pytest.approx(1, abs=1e-4) for pair in itself['pairs'])
    assert [pair['student_layer'] for pair in other['pairs']] == [0, 3]
    assert len(other['cka_teacher_by_student'][0]) == 4


def test_layers_of_the_same_depth():
    assert quarters(12) == [2, 5, 8, 11]
    assert quarters(2) == [0, 1]
    assert [same_depth(layer, 12, 4) for layer in (0, 5, 8, 11)] == [0, 1, 2, 3]
    assert [same_depth(layer, 4, 12) for layer in range(4)] == [2, 5, 8, 11]


def test_sentences(export, compare, tmp_path):
    student = export(STUDENT, 'student')
    with pytest.raises(SystemExit, match='^error: .*student.pth.*--teacher'):
        compare(student)
    with pytest.raises(SystemExit, match='^error: layer 4.* 0 to 3'):
        compare(student, '--teacher', student, '--layers', 4)
    with pytest.raises(SystemExit, match="^error: .*'a'.*LABEL:reference"):
        compare(f'a:{student}', f'a:{student}', '--teacher', student)
    with pytest.raises(SystemExit, match='^error: .*tools/train.py'):
        compare(tmp_path)
    assert not (tmp_path / 'new').exists()


def test_a_run_of_another_kind_is_refused(train, compare):
    work_dir = train()
    dumped = work_dir / 'run.py'
    dumped.write_text(dumped.read_text() + "\nmodel = dict(type='ImageClassifier')\n")
    with pytest.raises(SystemExit, match='^error: .*ImageClassifier'):
        compare(work_dir)
