import io
import itertools
import json

import pytest
from rich.console import Console

from singer_mm.benchmark.jobs import dry_run as module
from singer_mm.benchmark.jobs.dry_run import dry_run, try_job
from singer_mm.benchmark.jobs.job import Job
from singer_mm.errors import DataError

pytestmark = pytest.mark.slow

NUMBERS = itertools.count()
REPORT = dict(train=400, test=100, seconds=90.0, checkpoint_bytes=2**20, feature_bytes=3 * 2**20)


def report_of(job):
    return json.loads((job.folder / 'dry_run.json').read_text())


@pytest.fixture
def tried(job, small, tmp_path, monkeypatch):
    """Try a job on the miniature and return its report."""
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/mini').symlink_to(small.data)
    monkeypatch.chdir(tmp_path)
    config = Job.config

    def named(one):
        # MMEngine tells the runs of a process apart by config and second; a table gives each a process.
        cfg = config(one)
        cfg.experiment_name = f'{tmp_path.name}_{next(NUMBERS)}'
        return cfg

    monkeypatch.setattr(Job, 'config', named)

    def run(*arguments, **changes):
        one = job(*arguments, data='mini', **changes)
        one.folder.mkdir(parents=True)
        try_job(one)
        assert {path.name for path in one.folder.iterdir()} == {'dry_run.json'}
        return report_of(one)

    return run


def test_cached_linear_probe(tried):
    report = tried('imagenet1k')
    assert (report['train'], report['test']) == (40, 20)
    # CLS token and patch mean of the last block in half precision; a head of 24 x 1000 and its biases, two moments.
    assert report['feature_bytes'] == (40 + 20) * 2 * 2 * 24
    assert report['checkpoint_bytes'] == 2 * 3 * 4 * 25_000
    assert report['seconds'] > 0


def test_uncached_takes_no_room_for_features(tried, monkeypatch):
    monkeypatch.setattr(module, '_time_backbone', lambda runner, loader, training=False: 1.0)
    monkeypatch.setattr(module, '_time_step', lambda runner, cfg, loader: 1.5)
    report = tried('aircraft', cache=None)
    assert report['feature_bytes'] == 0
    # 15 test images, and 36 training images in each of 100 epochs.
    assert report['seconds'] == 15 + 36 * 100 * 1.5


def test_cached_runs_the_backbone_once(tried, monkeypatch):
    monkeypatch.setattr(module, '_time_backbone', lambda runner, loader, training=False: 1.0)
    monkeypatch.setattr(module, '_time_step', lambda runner, cfg, loader: 1.5)
    report = tried('aircraft')
    assert report['seconds'] == 15 + 36 * (1 + 100 * 0.5)


def test_a_test_of_a_head_trains_nothing(tried):
    report = tried('imagenet_r')
    assert (report['train'], report['test'], report['checkpoint_bytes']) == (0, 10, 0)
    assert report['feature_bytes'] == 10 * 2 * 2 * 24


def test_dense_features(tried):
    report = tried('ade20k')
    tokens = 14 * 14 + 1
    assert report['feature_bytes'] == (8 + 3) * 2 * tokens * 24


def test_crops_of_unequal_size(tried, monkeypatch):
    monkeypatch.setattr(module, '_time_step', lambda runner, cfg, loader: 1.0)
    # Images are scaled by 0.5 to 2 before they are cropped, so that many remain smaller than the crop.
    assert tried('ade20k', protocol='standard_dinov3')['train'] == 7  # one is held out


def test_estimates_and_failures(job, monkeypatch):
    jobs = [job('aircraft', seed=0, seeds=2), job('aircraft', seed=1, seeds=2), job('pets', seeds=2)]

    def action(one: Job) -> None:
        if one.task.name == 'pets':
            raise DataError('data/Oxford-IIIT_Pets [the folder] does not exist; ' + 'and so on ' * 12)
        (one.folder / 'dry_run.json').write_text(json.dumps(REPORT))

    monkeypatch.setattr(module, 'try_job', action)
    console = Console(file=io.StringIO(), width=90)
    failures = dry_run(jobs, console)
    assert list(failures) == [jobs[2]]
    output = console.file.getvalue()
    lines = output.splitlines()
    assert f'{jobs[2].title}: cannot be run: {failures[jobs[2]]}' in lines
    assert f'{jobs[0].title}: can be run' in lines
    # Two seeds take twice the time and share their features.
    assert 'about 3 min on one device like this one, 2 MiB of checkpoints, 3 MiB of cached features' in output
    (row,) = [line for line in lines if 'FGVC-Aircraft, seed 1' in line and '│' in line]
    assert [cell.strip() for cell in row.split('│')[2:6]] == ['400', '100', '90 s', '4 MiB']
