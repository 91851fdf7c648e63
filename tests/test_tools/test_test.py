"""Testing on the command line: metrics, two processes, and every kind of bad input in one sentence."""

import contextlib
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT, STUDENT
from mmengine.config import Config
from PIL import Image

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

pytestmark = pytest.mark.slow

SMALL_PIPELINE = [dict(type='singer_mm.LoadUprightImage'), dict(type='Resize', scale=(32, 32)), dict(type='PackInputs')]
_numbers = itertools.count()
ENVIRONMENT = dict(os.environ, PYTHON=sys.executable, OMP_NUM_THREADS='1')


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / 'tools/test.py'), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=ENVIRONMENT,
    )


@pytest.fixture(scope='module')
def call(load_tool):
    """Run a tool in this process, where the libraries are imported already; return the sentence it ends with."""

    def call_tool(tool, *arguments, options=()):
        name = f'experiment_name=test{next(_numbers)}'  # MMEngine tells runs of one second apart by the name
        arguments = [*map(str, arguments), '--cfg-options', name, 'log_level=WARNING', *options]
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as said:
            patch.setattr(sys, 'argv', [tool, *arguments])
            patch.setenv('LOCAL_RANK', '0')
            try:
                load_tool(tool).main()
            except SystemExit as error:
                return str(error.code) if error.code != 1 else said.getvalue().strip().splitlines()[-1]
        return None

    return call_tool


@pytest.fixture(scope='module')
def students(tmp_path_factory):
    folder = tmp_path_factory.mktemp('students')
    torch.manual_seed(5)
    for name, width in (('first', 24), ('second', 24), ('wide', 48)):
        arguments = {key: value for key, value in STUDENT.items() if key != 'type'}
        export_student(TimmViT(**{**arguments, 'embed_dim': width}), folder / f'{name}.pth', provenance={})
    return {name: str(folder / f'{name}.pth') for name in ('first', 'second', 'wide')}


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Three classes of images that differ in brightness; five images to test, which two processes cannot share out."""
    root = tmp_path_factory.mktemp('data')
    generator = np.random.default_rng(0)
    for split, counts in (('train', (4, 4, 4)), ('val', (2, 2, 1))):
        for label, count in zip((1, 4, 9), counts, strict=True):
            folder = root / 'imagenet' / split / imagenet_wnids()[label]
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = (generator.random((40, 48, 3)) * 120 + 12 * label).astype('uint8')
                Image.fromarray(pixels).save(folder / f'{split}_{index}.JPEG')
    manifest = dict(seed=0, counts=dict(train=12, val=5, classes=3))
    (root / 'imagenet/mini.json').write_text(json.dumps(manifest))
    return root


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    """The shipped config, smaller; its paths and placeholders as they are."""
    cfg = Config.fromfile(ROOT / 'configs/downstream/imagenet1k/linear_paper.py')
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    cfg.total_batch_size = cfg.test_dataloader.batch_size = 2
    cfg.train_dataloader.dataset.dataset.pipeline = cfg.test_dataloader.dataset.pipeline = SMALL_PIPELINE
    cfg.model.backbone.img_size = 32
    cfg.train_cfg.max_epochs = 2
    path = tmp_path_factory.mktemp('config') / 'linear.py'
    cfg.dump(path)
    return str(path)


@pytest.fixture(scope='module')
def trained(call, config, data, students, tmp_path_factory):
    """Work directory of a training on the command line."""
    work_dir = tmp_path_factory.mktemp('trained')
    assert not call('train.py', config, '--work-dir', work_dir, '--backbone', students['first'], '--data', data)
    return work_dir


def test_metrics_are_printed_and_written_by_one_process_as_by_two(call, config, data, students, trained, tmp_path):
    checkpoint = trained / 'epoch_2.pth'
    options = ['--backbone', students['first'], '--data', data]
    assert not call('test.py', config, checkpoint, *options, '--out', tmp_path / 'one.json')
    metrics = json.loads((tmp_path / 'one.json').read_text())
    assert metrics['n_evaluated'] == 5
    assert metrics['accuracy/top1'] % 20 == pytest.approx(0, abs=1e-4)
    assert metrics['accuracy/top5'] >= metrics['accuracy/top1']
    assert (trained / 'test').is_dir()  # the log does not mix with that of the training

    two = dist_test(config, checkpoint, '2', *options, '--work-dir', tmp_path / 'two', '--out', tmp_path / 'two.json')
    assert two.returncode == 0, two.stderr
    assert 'accuracy/top1' in two.stdout + two.stderr
    assert json.loads((tmp_path / 'two.json').read_text()) == pytest.approx(metrics)


def test_a_broken_image_of_an_evaluation_is_named(call, config, data, students, trained, tmp_path):
    shutil.copytree(data, tmp_path / 'data')
    path = sorted((tmp_path / 'data').rglob('val_*.JPEG'))[-1]
    path.write_bytes(path.read_bytes()[:300])
    arguments = ['--backbone', students['first'], '--data', tmp_path / 'data', '--work-dir', tmp_path / 'test']
    options = ['test_dataloader.num_workers=1']  # a worker puts its traceback in front
    sentence = call('test.py', config, trained / 'epoch_2.pth', *arguments, options=options)
    assert sentence.startswith('error: ') and str(path) in sentence


def dist_test(*arguments):
    return subprocess.run(
        ['bash', str(ROOT / 'tools/dist_test.sh'), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=ENVIRONMENT,
    )


def test_the_config_that_a_training_dumped_is_enough(call, trained, data, students, tmp_path):
    (dumped,) = trained.glob('*.py')
    arguments = ['test.py', dumped, trained / 'epoch_2.pth', '--work-dir', tmp_path / 'test', '--data', data]
    for backbone in ([], ['--backbone', students['first']]):
        assert not call(*arguments, *backbone, '--out', tmp_path / 'metrics.json')
        assert json.loads((tmp_path / 'metrics.json').read_text())['n_evaluated'] == 5
    assert 'first.pth' in call(*arguments, '--backbone', students['wide'])


@pytest.mark.parametrize(
    ('backbone', 'named'),
    [
        ('second', 'checkpoint .*backbone'),
        ('wide', 'checkpoint .*backbone'),
        ('none.pth', r'none\.pth'),
    ],
)
def test_another_backbone_ends_in_one_sentence(call, config, data, students, trained, tmp_path, backbone, named):
    arguments = ['--backbone', students.get(backbone, backbone), '--data', data, '--work-dir', tmp_path / 'test']
    assert re.match(f'error: .*{named}', call('test.py', config, trained / 'epoch_2.pth', *arguments))


def test_a_checkpoint_of_another_width_ends_in_one_sentence(call, config, data, students, trained, tmp_path):
    arguments = ['--backbone', students['first'], '--data', data, '--work-dir', tmp_path / 'test']
    options = ['model.head.num_classes=2000']
    sentence = call('test.py', config, trained / 'epoch_2.pth', *arguments, options=options)
    assert re.search(r'epoch_2\.pth .*head\.fc\.weight', sentence)


@pytest.fixture
def half(data, tmp_path):
    """The data without one of their images."""
    shutil.copytree(data / 'imagenet', tmp_path / 'half/imagenet')
    min((tmp_path / 'half').rglob('val_1.JPEG')).unlink()
    return tmp_path / 'half'


def test_data_are_checked_before_they_are_used(call, config, half, students, trained, tmp_path):
    arguments = ['--backbone', students['first'], '--data', half, '--work-dir', tmp_path / 'run']
    checkpoint = trained / 'epoch_2.pth'
    for tool, positional in (('train.py', [config]), ('test.py', [config, checkpoint])):
        sentence = call(tool, *positional, *arguments)
        assert re.search(r'val .*\b4\b.*\b5\b.*--skip-checks', sentence)
    assert not list((tmp_path / 'run').glob('*.pth'))
    assert not call('test.py', config, checkpoint, *arguments, '--skip-checks', '--out', tmp_path / 'metrics.json')
    assert json.loads((tmp_path / 'metrics.json').read_text())['n_evaluated'] == 4


def test_two_processes_say_once_what_is_wrong_with_the_data(config, half, students, trained, tmp_path):
    arguments = ['--backbone', students['first'], '--data', half, '--work-dir', tmp_path / 'run']
    result = dist_test(config, trained / 'epoch_2.pth', '2', *arguments)
    assert result.returncode == 1
    assert 'Traceback' not in result.stderr
    assert result.stderr.count('--skip-checks') == 1


def test_a_label_must_mean_what_it_meant_in_training(call, config, data, students, trained, tmp_path):
    arguments = ['--backbone', students['first'], '--data', data, '--work-dir', tmp_path / 'run']
    names = ['test_dataloader.dataset.metainfo.classes=[a,b,c]']
    sentence = call('test.py', config, trained / 'epoch_2.pth', *arguments, options=names)
    assert re.search("label 0 .*'a'.* test .*'tench", sentence)
    few = ['test_dataloader.dataset.metainfo.classes=[a,b,c]', 'model.head.num_classes=2']
    sentence = call('test.py', config, trained / 'epoch_2.pth', *arguments, options=few)
    assert re.search(r'model\.head\.num_classes is 2\b.*3 classes', sentence)


@pytest.fixture(scope='module')
def parse(load_tool):
    """What the tool makes of a command line, or how it refuses it."""
    tool = load_tool('test.py')

    def load_config(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, 'argv', ['test.py', *map(str, arguments)])
            return tool.load_config(tool.parse_args())

    return load_config


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['{config}'], r'linear\.py .*checkpoint'),
        (['configs/none.py', 'x.pth'], r'configs/none\.py'),
        ([ROOT / 'configs/singer/vitl_vitt.py', 'x.pth'], r'vitl_vitt\.py .*test_dataloader'),
        (['{config}', 'x.pth', '--out', '/dev/null'], '--out /dev/null'),
        ([ROOT / 'configs/singer/vitl_vitt.py', 'x.pth', '--backbone', 'y'], '--backbone'),
    ],
)
def test_bad_arguments_are_refused(parse, config, students, arguments, message):
    arguments = [str(argument).format(config=config) for argument in arguments]
    if '--backbone' not in arguments and config in arguments:
        arguments += ['--backbone', students['first']]
    with pytest.raises(ValueError, match=message):
        parse(*arguments)


def test_knn_needs_no_checkpoint(parse, students, data):
    config = ROOT / 'configs/downstream/imagenet1k/knn.py'
    cfg = parse(config, '--backbone', students['first'], '--data', data)
    assert cfg.load_from is None
    assert cfg.work_dir == 'work_dirs/test/knn'
    cfg = parse(config, 'runs/x/epoch_1.pth', '--backbone', students['first'], '--data', data)
    assert (cfg.load_from, cfg.work_dir) == ('runs/x/epoch_1.pth', 'runs/x/test')


@pytest.mark.parametrize('name', ['imagenet1k/linear_paper', 'ade20k/linear_paper', 'nyud/linear_paper'])
def test_a_dataset_that_is_not_there_ends_in_one_sentence(call, name, students, tmp_path):
    (tmp_path / 'data').mkdir()
    torch.save(dict(state_dict={}), tmp_path / 'head.pth')
    config = ROOT / f'configs/downstream/{name}.py'
    arguments = ['--backbone', students['first'], '--data', tmp_path / 'data', '--work-dir', tmp_path / 'test']
    sentence = call('test.py', config, tmp_path / 'head.pth', *arguments)
    assert sentence.startswith('error: ')
    assert str(tmp_path / 'data') in sentence
    assert len(sentence.splitlines()) == 1


def test_the_sentence_is_all_that_a_user_sees(config, data, students, tmp_path):
    result = run(config, tmp_path / 'none.pth', '--backbone', students['first'], '--data', data, '--work-dir', tmp_path)
    assert result.returncode == 1
    assert 'Traceback' not in result.stderr
    assert result.stderr.strip().splitlines()[-1].startswith('error: ') and 'none.pth' in result.stderr


@pytest.mark.parametrize(
    ('script', 'arguments', 'message'),
    [
        ('dist_test.sh', ['config.py', 'x.pth'], 'usage: tools/dist_test.sh CONFIG CHECKPOINT GPUS'),
        ('dist_test.sh', ['config.py', 'x.pth', 'two'], "GPUS is 'two'"),
        ('slurm_test.sh', ['partition', 'job', 'config.py'], 'usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG'),
    ],
)
def test_scripts_say_how_they_are_used(script, arguments, message):
    result = subprocess.run(['bash', str(ROOT / 'tools' / script), *arguments], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith(f'error: {message}')


def test_slurm_starts_one_task_for_each_gpu(tmp_path):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    srun.chmod(0o755)
    environment = dict(ENVIRONMENT, PATH=f'{tmp_path}:{os.environ["PATH"]}', GPUS='4', SRUN_ARGS='--time 60')
    arguments = ['gpu', 'my job', 'config.py', 'head.pth', '--data', 'mini']
    result = subprocess.run(
        ['bash', str(ROOT / 'tools/slurm_test.sh'), *arguments], capture_output=True, text=True, env=environment
    )
    words = result.stdout.splitlines()
    assert words[words.index('--partition') + 1] == 'gpu'
    assert words[words.index('--job-name') + 1] == 'my job'
    assert words[words.index('--ntasks') + 1] == words[words.index('--ntasks-per-node') + 1] == '4'
    assert words[words.index('--time') + 1] == '60'
    tool = str(Path(ROOT) / 'tools/test.py')
    assert words[words.index(tool) :] == [tool, 'config.py', 'head.pth', '--data', 'mini', '--launcher', 'slurm']
