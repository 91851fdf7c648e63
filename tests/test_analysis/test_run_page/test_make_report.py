import json
import shutil
from dataclasses import replace

import pytest
import torch
from mmengine.config import Config
from PIL import Image

from singer_mm.analysis.run_page.make_report import make_report
from singer_mm.engine.config.image_size import training_size
from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.distillers.last_layer import last_layer_patches
from singer_mm.runs.trained_run import load_trained, read_run, untrained_distiller
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, load_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def report(singer_run):
    page = make_report(singer_run, number=2)
    return page.parent, json.loads((page.parent / 'summary.json').read_text())


def test_all_files_are_written(report, singer_run):
    folder, _ = report
    assert folder == singer_run / 'report'
    pictures = ['diagnostics.png', 'losses.png', 'patch_cosine.png', 'patch_norms.png']
    assert sorted(path.name for path in folder.iterdir()) == [*pictures, 'report.html', 'summary.json']
    for name in pictures:
        with Image.open(folder / name) as image:
            assert min(image.size) > 300
    page = (folder / 'report.html').read_text()
    assert [page.count(f'data:image/{kind};base64,') for kind in ('png', 'jpeg')] == [2, 2]


def test_summary_tells_what_was_run(report):
    _, summary = report
    assert summary['method'] == 'SiNGERDistiller'
    assert summary['config'] == 'tiny.py'
    assert summary['iterations'] == 4
    assert summary['seed'] == 3
    assert summary['photographs'] == ['a.png', 'b.png', 'c.png', 'more/a.png']
    assert summary['photographs_seen_in_training'] is True
    assert summary['training_seconds'] > 0
    assert summary['versions']['torch'] == torch.__version__


def test_default_size_is_twice_that_of_the_crops(report):
    assert report[1]['photograph_size'] == 64


def test_losses_are_those_of_the_checkpoint(report, singer_run):
    scalars = load_checkpoint(find_latest_checkpoint(singer_run))['message_hub']['log_scalars']
    logged = scalars['train/loss_kd'].data[0]
    assert len(logged) == 4
    assert report[1]['losses']['loss_kd']['first'] == pytest.approx(float(logged[0]))
    assert report[1]['losses']['loss_kd']['last'] == pytest.approx(float(logged[-1]))


def test_correlations_compare_trained_and_untrained(report):
    table = report[1]['patch_cosine_correlation_with_teacher']
    assert set(table) == {
        *('refined_teacher', 'student', 'projected_student', 'untrained_student', 'untrained_projected_student')
    }
    assert table['student']['mean'] != table['untrained_student']['mean']
    assert all(-1 <= value <= 1 for row in table.values() for value in row.values())
    assert list(report[1]['statistics_on_these_photographs']) == ['block_1', 'block_2']


def test_the_untrained_student_is_the_one_the_run_began_with(idle_run):
    run = read_run(idle_run)
    distiller = untrained_distiller(run)
    untrained = {name: value.clone() for name, value in distiller.student.state_dict().items()}
    load_trained(distiller, run)
    for name, value in distiller.student.state_dict().items():
        assert torch.equal(value, untrained[name]), name


def test_patches_of_the_last_pair(singer_run):
    run = read_run(singer_run)
    distiller = untrained_distiller(run)
    load_trained(distiller, run)
    inputs = torch.randn(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    patches = last_layer_patches(distiller, inputs)
    shapes = {name: tuple(value.shape) for name, value in patches.items()}
    assert shapes == {
        'teacher': (2, 24, 24),
        'refined_teacher': (2, 24, 24),
        'projected_student': (2, 24, 24),
        'student': (2, 24, 12),
    }
    projected = distiller.projectors['2'](patches['student'])
    torch.testing.assert_close(patches['projected_student'], projected.detach())
    torch.testing.assert_close(patches['refined_teacher'], distiller.refiners['2'](patches['teacher']).detach())


def test_plain_distillation_has_no_refined_teacher(fitnet_run, photos, tmp_path):
    (tmp_path / 'unseen').mkdir()
    shutil.copy(photos / 'b.png', tmp_path / 'unseen')
    page = make_report(fitnet_run, tmp_path / 'out', images=str(tmp_path / 'unseen'), size=32, number=1)
    summary = json.loads((page.parent / 'summary.json').read_text())
    assert summary['method'] == 'FeatureDistiller'
    assert 'refined_teacher' not in summary['patch_cosine_correlation_with_teacher']
    assert list(summary['losses']) == ['loss_kd']
    assert summary['photographs_seen_in_training'] is False
    assert summary['photograph_size'] == 32
    assert sorted(summary['statistics_on_these_photographs']['block_2']) == [
        'outlier_kd_share',
        'outlier_ratio_teacher',
    ]


def test_what_is_missing_is_named(singer_run, tmp_path):
    with pytest.raises(ConfigError, match='tools/train.py'):
        make_report(tmp_path)
    (tmp_path / 'tiny.py').write_text((singer_run / 'tiny.py').read_text())
    with pytest.raises(CheckpointError, match=r'epoch_\*'):
        make_report(tmp_path)


def test_a_checkpoint_of_another_model_is_named(singer_run, fitnet_run):
    run = read_run(singer_run)
    with pytest.raises(CheckpointError, match=r'epoch_1.pth.*refiners'):
        load_trained(untrained_distiller(run), replace(run, state_dict=read_run(fitnet_run).state_dict))


def test_training_size_is_that_of_the_last_transform():
    def config(*pipeline):
        return Config(dict(train_dataloader=dict(dataset=dict(pipeline=list(pipeline)))))

    assert (
        training_size(config(dict(type='Resize', size=256), dict(type='Crop', size=(224, 224)), dict(type='P'))) == 224
    )
    with pytest.raises(ConfigError, match='--size'):
        training_size(config(dict(type='PackImage')))
