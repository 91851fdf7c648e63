import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.analysis.networks import load_network
from singer_mm.analysis.views.feature_maps import last_block_map
from singer_mm.analysis.views.feature_views import view_images
from singer_mm.datasets.photographs import load_photographs
from singer_mm.errors import ConfigError, DataError
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS

pytestmark = pytest.mark.slow

DYNAMIC = dict(model_name='vit_tiny_patch16_224', img_size=32, depth=2, num_heads=3, dynamic_img_size=True)


@pytest.fixture
def student(tmp_path):
    """Write a tiny student to a file."""

    def write(name, **changes):
        torch.manual_seed(len(name))
        network = MODELS.build(dict(type='TimmViT', **{**DYNAMIC, 'embed_dim': 24, 'patch_size': 8, **changes}))
        path = tmp_path / f'{name}.pth'
        export_student(network, str(path), {})
        return str(path)

    return write


@pytest.fixture
def run_dir(run_cfg, request):
    """Train the tiny distiller."""
    RUNNERS.build(Config(dict(run_cfg, experiment_name=request.node.name))).train()
    return run_cfg['work_dir']


def test_every_network_gets_the_grid_of_the_first(student, image_folder):
    references = [f'a:{student("a")}', f'b:{student("b", patch_size=4, embed_dim=12)}']
    viewed = view_images(references, str(image_folder), size=40, number=3)
    assert [view.label for view in viewed.views] == ['a', 'b']
    assert [view.grid for view in viewed.views] == [(5, 5)] * 2
    assert [view.patches.shape for view in viewed.views] == [(3, 25, 24), (3, 25, 12)]
    assert viewed.images.pixels[0].shape == (40, 40, 3)
    assert viewed.spaces == {}


def test_a_view_is_what_the_network_makes_of_the_normalised_images(student, image_folder):
    path = student('a')
    view = view_images([path], str(image_folder), number=2).views[0]
    network = load_network(path).cpu()
    loaded = load_photographs(str(image_folder), 32, 8, 2)
    with torch.no_grad():
        expected = last_block_map(network, network.normalize_images(loaded.batch)).flatten(1, 2)
    torch.testing.assert_close(view.patches, expected, rtol=0, atol=1e-5)


def test_a_network_of_fixed_size_gets_its_own(student, image_folder, tmp_path):
    teacher = dict(DYNAMIC, type='TimmViT', embed_dim=24, patch_size=16, dynamic_img_size=False)
    Config(dict(teacher=teacher)).dump(tmp_path / 'fixed.py')
    viewed = view_images([student('a'), str(tmp_path / 'fixed.py')], str(image_folder), size=40)
    assert [view.grid for view in viewed.views] == [(5, 5), (2, 2)]


def test_a_run_is_three_columns_and_one_space(run_dir, image_folder):
    viewed = view_images([str(run_dir)], str(image_folder), number=2)
    # The tiny networks have a fixed input size: that of the crops.
    assert viewed.images.pixels[0].shape == (32, 32, 3)
    assert [view.label for view in viewed.views] == ['teacher', 'refined teacher', 'student']
    assert [view.patches.shape[-1] for view in viewed.views] == [48, 48, 24]
    [(space, views)] = viewed.spaces.items()
    assert space == 'teacher block 5 (48-d)'
    assert [view.label for view in views] == ['teacher', 'refined teacher', 'projected student']
    assert {view.patches.shape for view in views} == {(2, 16, 48)}


def test_a_runs_student_is_the_one_it_exported(run_dir, image_folder):
    viewed = view_images([f'run:{run_dir}', f'exported:{run_dir}/student.pth'], str(image_folder), number=2)
    views = {view.label: view.patches for view in viewed.views}
    assert list(views) == ['run: teacher', 'run: refined teacher', 'run: student', 'exported']
    np.testing.assert_allclose(views['exported'], views['run: student'], atol=1e-5)
    assert list(viewed.spaces) == ['run: teacher block 5 (48-d)']


def test_two_networks_of_one_name_are_refused(student, image_folder):
    path = student('a')
    with pytest.raises(ConfigError, match="'x'.*LABEL:reference"):
        view_images([f'x:{path}', f'x:{path}'], str(image_folder), number=1)


def test_a_folder_that_is_no_run(tmp_path, image_folder):
    with pytest.raises(ConfigError, match='images.*tools/train.py'):
        view_images([str(image_folder)], str(image_folder))


def test_an_image_smaller_than_a_patch(student, image_folder):
    with pytest.raises(DataError, match='48x40.*44x44'):
        view_images([student('a', patch_size=44, img_size=88)], str(image_folder))
