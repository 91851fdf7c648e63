"""One command for the whole table: complete, again, killed at any moment, with failures, with other settings."""

import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from conftest import ROOT
from test_benchmark.small_table import TOOL, ToolHost, metrics, results, write_datasets, write_students

from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

TASKS = ('imagenet1k', 'imagenet_r', 'imagenet_v2', 'ade20k', 'aircraft')


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder with ``data/mini``, two students and room for a feature cache."""
    folder = tmp_path_factory.mktemp('place')
    write_datasets(folder / 'data/mini')
    return SimpleNamespace(folder=folder, cache=folder / 'cache', **write_students(folder))


@pytest.fixture(scope='module')
def host():
    host = ToolHost()
    yield host
    host.close()


@pytest.fixture(scope='module')
def whole(place):
    """A table from the command line, as a user makes it."""
    out = place.folder / 'whole'
    arguments = [f'student:{place.first}', '--tasks', *TASKS, '--data', 'mini', '--out', out, '--cache', place.cache]
    command = [sys.executable, '-W', 'ignore', TOOL, *arguments]
    ended = subprocess.run(list(map(str, command)), cwd=place.folder, capture_output=True, text=True, timeout=300)
    return SimpleNamespace(out=out, arguments=arguments, ended=ended)


def result_files(out):
    return {path: path.stat().st_mtime_ns for path in out.rglob('result.json')}


def head_of(out, label, task, protocol='linear_paper', epoch=100):
    return load_checkpoint(out / label / task / protocol / 'seed0' / f'epoch_{epoch}.pth')['state_dict']


def data_without(place, folder, missing):
    """Make ``folder/data/mini`` with all datasets but one, and return where that one belongs."""
    mini = folder / 'data/mini'
    mini.mkdir(parents=True)
    for path in (place.folder / 'data/mini').iterdir():
        if path.name != missing:
            (mini / path.name).symlink_to(path)
    return mini / missing


def test_the_whole_table(whole):
    assert whole.ended.returncode == 0, whole.ended.stderr
    found = results(whole.out)
    assert list(found) == [('student', task, 0) for task in TASKS]
    for job in found.values():
        assert job['n_evaluated'] == job['n_dataset'] > 0
        assert job['backbone']['embed_dims'] == 24
        assert job['backbone']['sha256'][:16] == job['fingerprint']['backbone checkpoint']
        for file in ('predictions.npz', 'log.txt', 'result.json'):
            assert (whole.out / job['folder'] / file).stat().st_size > 0
        assert not (whole.out / job['folder'] / 'failure.json').exists()
    accuracy = {task: found['student', task, 0]['metrics'] for task in TASKS}
    assert accuracy['imagenet1k']['accuracy/top1'] > 30  # four classes
    cells = (whole.out / 'table.md').read_text().splitlines()[2].split('|')
    shift = (accuracy['imagenet_r']['imagenet_r/top1'] + accuracy['imagenet_v2']['accuracy/top1']) / 2
    assert [float(cells[column].split('<')[0]) for column in (4, 5, 8)] == pytest.approx(
        [accuracy['imagenet1k']['accuracy/top1'], accuracy['ade20k']['mIoU'], shift], abs=0.006
    )
    for file in ('table.tex', 'table.csv', 'report.html'):
        assert (whole.out / file).stat().st_size > 400
    for title in ('ImageNet-1K', 'ADE20K', 'FGVC-Aircraft'):
        assert f'student: {title}: ' in whole.ended.stdout
    content = json.loads((whole.out / 'results.json').read_text())
    assert content['command'].startswith(f'python tools/benchmark.py student:{whole.out.parent}')
    assert content['versions']['torch'] == torch.__version__


def test_a_second_run_skips_everything(whole, host, place):
    before, table, found = result_files(whole.out), (whole.out / 'table.md').read_bytes(), results(whole.out)
    status, output = host.run(place.folder, *whole.arguments)
    assert status == 0, output
    assert result_files(whole.out) == before
    assert (whole.out / 'table.md').read_bytes() == table
    assert results(whole.out) == found


def test_killed_at_any_moment_and_started_again(whole, host, place):
    out, cache = place.folder / 'killed', place.folder / 'other_cache'
    arguments = [*whole.arguments[:-4], '--out', out, '--cache', cache]
    job = out / 'student/imagenet1k/linear_paper/seed0'
    # While features are extracted, in the training of a head, between two jobs, in the training of a dense head.
    host.start(place.folder, *arguments).kill_when(cache, '*.unfinished')
    assert not list(job.glob('epoch_*.pth'))
    host.start(place.folder, *arguments).kill_when(job, 'epoch_10.pth', whole_session=False)
    assert not (job / 'result.json').exists()
    host.start(place.folder, *arguments).kill_when(job, 'result.json')
    finished = result_files(out)
    host.start(place.folder, *arguments).kill_when(out / 'student/ade20k/linear_paper/seed0', 'epoch_*.pth')
    assert not (out / 'results.json').exists()

    status, output = host.run(place.folder, *arguments)
    assert status == 0, output
    assert result_files(out).items() >= finished.items()
    assert metrics(out) == metrics(whole.out)
    assert (out / 'table.md').read_bytes() == (whole.out / 'table.md').read_bytes()
    for task, epoch in (('imagenet1k', 100), ('ade20k', 10), ('aircraft', 100)):
        heads = [head_of(folder, 'student', task, epoch=epoch) for folder in (out, whole.out)]
        assert heads[0].keys() == heads[1].keys()
        assert all(torch.equal(value, heads[1][key]) for key, value in heads[0].items())


def test_failures_stop_no_other_job(host, place, tmp_path):
    aircraft = data_without(place, tmp_path, missing='fgvc-aircraft-2013b')
    half = tmp_path / 'half.pth'
    content = (place.folder / 'second.pth').read_bytes()
    half.write_bytes(content[: len(content) // 2])
    out = tmp_path / 'out'
    arguments = [f'good:{place.first}', f'half:{half}', '--protocol', 'knn', '--tasks', 'imagenet1k', 'aircraft']
    arguments += ['--data', 'mini', '--out', out, '--cache', place.cache]

    status, output = host.run(tmp_path, *arguments)
    assert status == 1, output
    found = results(out)
    assert 'error' not in found['good', 'imagenet1k', 0]
    sentences = {key: job['error'] for key, job in found.items() if 'error' in job}
    assert list(sentences) == [('good', 'aircraft', 0), ('half', 'imagenet1k', 0), ('half', 'aircraft', 0)]
    assert 'fgvc-aircraft-2013b' in sentences['good', 'aircraft', 0]
    assert str(half) in sentences['half', 'imagenet1k', 0]
    for (label, task, _), sentence in sentences.items():
        assert len(sentence.splitlines()) == 1
        assert output.count(sentence) >= 2  # when it happens and at the end
        failure = json.loads((out / label / task / 'knn/seed0/failure.json').read_text())
        assert failure == {'error': sentence}
    assert 'error: 3 jobs' in output
    assert (out / 'table.md').exists() and (out / 'report.html').exists()
    assert 'Traceback' not in output

    before = result_files(out)
    aircraft.symlink_to(place.folder / 'data/mini/fgvc-aircraft-2013b')
    half.write_bytes(content)
    status, output = host.run(tmp_path, *arguments)
    assert status == 0, output
    assert result_files(out).items() >= before.items()
    assert not list(out.rglob('failure.json'))
    assert all('error' not in job for job in results(out).values())

    # What has a result keeps it while its data are away.
    complete = metrics(out)
    aircraft.unlink()
    assert host.run(tmp_path, *arguments)[0] == 1
    aircraft.symlink_to(place.folder / 'data/mini/fgvc-aircraft-2013b')
    before = result_files(out)
    assert host.run(tmp_path, *arguments)[0] == 0
    assert (metrics(out), result_files(out)) == (complete, before)


def test_other_settings_are_computed_anew(host, place, tmp_path):
    out, weights = tmp_path / 'out', tmp_path / 'weights.pth'
    shutil.copy(place.first, weights)
    arguments = [f'x:{weights}', '--protocol', 'knn', '--tasks', 'aircraft', '--data', 'mini', '--out', out]
    arguments += ['--cache', place.cache]
    job = out / 'x/aircraft/knn/seed0'

    def run(*more):
        status, output = host.run(place.folder, *arguments, *more)
        assert status == 0, output
        return results(out)

    first = run()['x', 'aircraft', 0]
    # Another file under the same label.
    shutil.copy(place.second, weights)
    second = run()['x', 'aircraft', 0]
    assert second['backbone']['sha256'] != first['backbone']['sha256']
    assert second['metrics'] != first['metrics']
    (aside,) = job.glob('before-*')
    assert json.loads((aside / 'result.json').read_text())['metrics'] == first['metrics']
    # Another number of seeds: the first one's result holds.
    before = result_files(out)
    assert list(run('--seeds', 2)) == [('x', 'aircraft', 0), ('x', 'aircraft', 1)]
    assert result_files(out).items() > before.items()
    # Images instead of features; half precision may tell neighbours apart otherwise, but these it does not.
    uncached = run('--no-cache')['x', 'aircraft', 0]
    assert (job / 'result.json').stat().st_mtime_ns > before[job / 'result.json']
    assert uncached['metrics'] == pytest.approx(second['metrics'], abs=10)
    # The miniature drawn anew.
    before = result_files(out)
    mini = tmp_path / 'data/mini/fgvc-aircraft-2013b'
    shutil.copytree(place.folder / 'data/mini/fgvc-aircraft-2013b', mini)
    manifest = json.loads((mini / 'mini.json').read_text())
    (mini / 'mini.json').write_text(json.dumps(manifest | {'seed': 1}))
    assert host.run(tmp_path, *arguments, '--no-cache')[0] == 0
    assert (job / 'result.json').stat().st_mtime_ns > before[job / 'result.json']


def test_published_rows_stand_beside_the_released_protocol_alone(host, place, tmp_path):
    out = tmp_path / 'released'
    arguments = [f'student:{place.first}', '--tasks', 'imagenet_r', '--data', 'mini', '--out', out]
    status, output = host.run(place.folder, *arguments, '--published')
    assert (status, 'Traceback' in output) == (1, False)
    assert re.search(r'error: .*released.* paper', output)
    assert not out.exists()
    status, output = host.run(place.folder, *arguments, '--protocol', 'realeased')
    assert status == 1 and re.search(r"error: .*'realeased'.*allowed: .*released", output)

    status, output = host.run(place.folder, *arguments, '--protocol', 'released', '--published')
    assert status == 0, output
    trained, shifted = (results(out)['student', task, 0] for task in ('imagenet1k', 'imagenet_r'))
    assert shifted['metrics']['imagenet_r/top1'] <= shifted['metrics']['imagenet_r/top1_masked']
    # The head of the best epoch is tested on both.
    head = load_checkpoint(out / 'student/imagenet1k/linear_released/seed0/epoch_100.pth')['best_epoch']
    assert head['value'] == pytest.approx(trained['metrics']['accuracy/top1'])
    fingerprint = trained['fingerprint']
    assert shifted['fingerprint']['epoch'] == fingerprint['epoch']
    assert fingerprint['epoch'] == 'the best on the test set'
    assert fingerprint['augmentation'] == 'as in train images'
    assert fingerprint['backbone normalisation'].startswith('mean 123.675/116.28/103.53')
    table = (out / 'table.md').read_text()
    assert '| ViT-L to ViT-T, SiNGER | published, real data |' in table
    assert 'published: not comparable: we have no number of this column' in table
    assert 'published: not comparable: ours are measured on the miniature' in table


def test_mean_and_deviation_over_seeds(host, place):
    out = place.folder / 'seeds'
    arguments = [f'first:{place.first}', f'second:{place.second}', '--tasks', 'imagenet1k', '--seeds', 2]
    status, output = host.run(place.folder, *arguments, '--data', 'mini', '--out', out, '--cache', place.cache)
    assert status == 0, output
    assert 'first: ImageNet-1K, seed 1: accuracy/top1' in output
    values = {key: value['accuracy/top1'] for key, value in metrics(out).items()}
    rows = [line.split('|') for line in (out / 'table.md').read_text().splitlines()[2:5]]
    assert [row[1].strip() for row in rows] == ['first', 'Δ to second', 'second']
    mean = {}
    for row, label in ((rows[0], 'first'), (rows[2], 'second')):
        pair = [values[label, 'imagenet1k', seed] for seed in (0, 1)]
        mean[label] = sum(pair) / 2
        numbers = row[4].replace('*', '').split('±')
        assert [float(number) for number in numbers] == pytest.approx(
            [mean[label], abs(pair[0] - pair[1]) / 2**0.5], abs=0.006
        )
    assert float(rows[1][4].replace('−', '-')) == pytest.approx(mean['first'] - mean['second'], abs=0.006)


def test_dry_run(host, place, tmp_path):
    out = tmp_path / 'out'
    arguments = [place.first, '--tasks', 'imagenet1k', 'imagenet_r', 'pets', '--data', 'mini', '--dry-run']
    status, output = host.run(place.folder, *arguments, '--out', out, '--cache', tmp_path / 'cache')
    assert status == 1, output
    assert 'ImageNet-1K: can be run' in output and 'ImageNet-R: can be run' in output
    assert re.search('Oxford-IIIT Pet: .*data/mini/Oxford-IIIT_Pets', output)
    assert 'on one device like this one' in output and 'of cached features' in output
    assert not list(out.rglob('result.json')) and not (out / 'results.json').exists()
    assert not list(out.rglob('epoch_*')) and not (tmp_path / 'cache').exists()


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        (['--tasks', 'imagenet'], "'imagenet'.*'paper'.*allowed: all, imagenet1k"),
        (['--data', 'elsewhere'], 'elsewhere'),
        (['--data', 'mini', '--seeds', 0], '--seeds .*0.* 1'),
        (['--data', 'mini', '--gpus', -1], '--gpus .*-1'),
        (['--data', 'mini', '--gpus', 99], '--gpus .*99'),
        (['gone/student.pth', '--data', 'mini'], 'gone/student.pth'),
    ],
)
def test_refused_before_anything_runs(host, place, arguments, named):
    status, output = host.run(place.folder, place.first, *arguments)
    assert status == 1
    assert re.match(f'error: .*{named}', output) and len(output.splitlines()) == 1
    assert not (place.folder / 'work_dirs').exists()


def test_forked_jobs_may_use_the_gpu():
    # Whoever asks the CUDA runtime for devices bars all processes that are forked from it.
    script = """
import runpy, sys, torch
torch.cuda._device_count_nvml = lambda: 1  # as with a driver
asked = []
torch._C._cuda_getDeviceCount = lambda: asked.append(1) or 0
sys.argv = ['benchmark.py', '--help']
try:
    runpy.run_path('tools/benchmark.py', run_name='__main__')
except SystemExit:
    pass
import mmpretrain.models, mmseg.models, mmdet.models
print('asked', len(asked))
"""
    environment = {**os.environ, 'PYTORCH_NVML_BASED_CUDA_CHECK': '0'}
    command = [sys.executable, '-W', 'ignore', '-c', script]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.stdout.splitlines()[-1] == 'asked 0', ended.stderr
