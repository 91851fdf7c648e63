import sys

import pytest
from conftest import TEACHER

from singer_mm.analysis.artifacts.register_neurons import find_register_neurons
from singer_mm.analysis.networks import load_network
from singer_mm.datasets.photographs import load_photographs
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.models.refiners.runtime_registers import RuntimeRegisters

pytestmark = pytest.mark.slow


@pytest.fixture
def teacher_file(tmp_path):
    path = tmp_path / 'teacher.pth'
    export_student(TimmViT(**{key: value for key, value in TEACHER.items() if key != 'type'}).eval(), path, {})
    return path


@pytest.fixture
def run(load_tool, monkeypatch, image_folder, capsys):
    tool = load_tool('analysis/register_neurons.py')

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['register_neurons.py', *map(str, arguments), '--images', str(image_folder)])
        tool.main()
        return capsys.readouterr().out

    return run


def test_prints_a_line_for_a_config(run, teacher_file, image_folder):
    printed = run(teacher_file, '--layer', 4, '--number', 3, '--size', 32)
    (line,) = [line for line in printed.splitlines() if line.startswith('refiner=')]
    refiner = eval(f'dict({line})')['refiner']
    assert refiner.pop('type') == 'RuntimeRegisters'
    teacher = load_network(str(teacher_file))
    images = teacher.normalize_images(load_photographs(image_folder, 32, 8).batch)
    assert refiner['neurons'] == find_register_neurons(teacher, images, layer=4, number=3)
    RuntimeRegisters(**refiner).start(teacher, 4, next_block=5)


def test_sentences(run, teacher_file, tmp_path):
    with pytest.raises(SystemExit, match='^error: layer 9.* 2 to 5'):
        run(teacher_file, '--layer', 9)
    with pytest.raises(SystemExit, match='^error: .*nowhere.pth'):
        run(tmp_path / 'nowhere.pth', '--layer', 3)
