import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from PIL import Image

from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS

pytestmark = pytest.mark.slow

SINGLE = {'relative_norms.png', 'patch_cosine.png', 'pca.png'}


@pytest.fixture
def tool(load_tool, monkeypatch, capsys):
    """Run the command line; return what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['feature_maps.py', *map(str, arguments)])
        load_tool('analysis/feature_maps.py').main()
        return capsys.readouterr().out

    return run


@pytest.fixture
def students(tmp_path):
    """Two tiny students of different widths."""
    paths = []
    for index, width in enumerate((24, 12)):
        torch.manual_seed(index)
        network = MODELS.build(
            dict(
                type='TimmViT', model_name='vit_tiny_patch16_224', img_size=32, patch_size=8, embed_dim=width, depth=2,
                num_heads=3,
            )
        )  # fmt: skip
        paths.append(tmp_path / f'student{index}.pth')
        export_student(network, str(paths[-1]), {})
    return paths


def files(folder):
    return {path.name for path in folder.iterdir()}


def test_networks_side_by_side(tool, students, image_folder, tmp_path):
    first, second = students
    printed = tool(first, f'narrow:{second}', '--images', image_folder, '--number', 2, '--out', tmp_path / 'out')
    assert 'out/sheet.png' in printed
    assert files(tmp_path / 'out') == {'sheet.png', 'agreement.png', *SINGLE}
    for path in (tmp_path / 'out').iterdir():
        with Image.open(path) as picture:
            assert picture.format == 'PNG' and min(picture.size) > 300


def test_named_files_are_all_drawn_and_the_teacher_comes_first(load_tool, students, image_folder):
    module = load_tool('analysis/feature_maps.py')
    images = [str(image_folder / name) for name in ('class0/0.png', 'class1/1.png', 'class0/2.png')]
    viewed = module.view_images([f'big:{students[0]}', f'small:{students[1]}'], images)
    pictures = module.draw(viewed, (0.0, 0.9))
    titles = [axis.get_title() for axis in pictures['patch_cosine'].axes if axis.get_title()]
    assert titles == ['photograph', 'big', 'small']
    assert [axis.get_title() for axis in pictures['agreement'].axes if axis.get_title()] == ['photograph', 'small']
    assert viewed.images.names == ['0.png', '1.png', '2.png']


def test_a_teacher_of_its_own(tool, students, image_folder, tmp_path):
    out = tmp_path / 'deep/out'
    tool(students[0], '--teacher', students[1], '--images', image_folder, '--number', 1, '--out', out)
    assert 'agreement.png' in files(out)


def test_one_network_has_nothing_to_agree_with(tool, students, image_folder, tmp_path):
    tool(students[0], '--images', image_folder / 'class0/0.png', '--mark', '0.2,0.9', '--out', tmp_path / 'out')
    assert files(tmp_path / 'out') == {'sheet.png', *SINGLE}


def test_a_run_also_shows_its_common_space(tool, run_cfg, image_folder, tmp_path, request):
    RUNNERS.build(Config(dict(run_cfg, experiment_name=request.node.name))).train()
    tool(run_cfg['work_dir'], '--images', image_folder, '--number', 2, '--out', tmp_path / 'out')
    assert files(tmp_path / 'out') == {'sheet.png', 'agreement.png', 'patch_norms.png', *SINGLE}
    tool(f'mine:{run_cfg["work_dir"]}', f'{run_cfg["work_dir"]}/student.pth', '--images', image_folder, '--number', 1,
         '--out', tmp_path / 'two')  # fmt: skip
    assert 'patch_norms_mine.png' in files(tmp_path / 'two')


def test_bad_input_is_answered_in_a_sentence(tool, students, image_folder, tmp_path):
    small = tmp_path / 'small.png'
    Image.new('RGB', (7, 30)).save(small)
    cases = [
        ([students[0], '--images', small], r'error: .*small\.png.*7x30'),
        (
            ['nowhere/student.pth', '--images', image_folder],
            r'error: .*nowhere/student\.pth',
        ),
        (['resnet18', '--images', image_folder], 'error: .*resnet18.*ResNet'),
        (['no_such_network', '--images', image_folder], 'error: .*no_such_network'),
        ([students[0], '--images', tmp_path / 'none'], 'error: .*none'),
        ([students[0], '--images', image_folder, '--size', 4], 'error: .*size 4'),
    ]
    for arguments, sentence in cases:
        with pytest.raises(SystemExit, match=sentence):
            tool(*arguments, '--out', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('place', ['1.2,0', '0.5', 'middle'])
def test_a_mark_outside_the_image(tool, students, image_folder, place, capsys):
    with pytest.raises(SystemExit):
        tool(students[0], '--images', image_folder, '--mark', place)
    err = capsys.readouterr().err
    assert place in err and 'ROW,COLUMN' in err
