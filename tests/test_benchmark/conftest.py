"""A job of each kind, on datasets of a few dozen images and a tiny student."""

import json
from types import SimpleNamespace

import pytest
from conftest import ROOT
from test_benchmark.small_table import write_datasets, write_students

from singer_mm.benchmark.jobs.job import Job
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.benchmark.tasks import TASKS


@pytest.fixture(scope='session')
def small(tmp_path_factory):
    """``data``, a data root, and the students ``first`` and ``second``."""
    folder = tmp_path_factory.mktemp('small')
    write_datasets(folder / 'data')
    return SimpleNamespace(data=folder / 'data', **write_students(folder))


@pytest.fixture
def settings(small, tmp_path):
    """Return settings of a table in ``tmp_path/out``."""

    def make(**changes):
        configs = ROOT / 'configs' / ('mini' if changes.get('data') == 'mini' else 'downstream')
        arguments = dict(out=tmp_path / 'out', configs=configs, protocol='paper', data=str(small.data))
        return Settings(**{**arguments, 'cache': tmp_path / 'cache', 'num_workers': 0, **changes})

    return make


@pytest.fixture
def job(small, settings):
    """Return a job of a task; keywords go to its settings."""

    def make(task='imagenet1k', label='student', reference=None, seed=0, **changes):
        return Job(label, reference or small.first, TASKS[task], seed, settings(**changes))

    return make


@pytest.fixture
def finish():
    """Write what a finished job leaves."""

    def write(job, digest='digest', **content):
        job.folder.mkdir(parents=True, exist_ok=True)
        empty = dict(metrics={job.task.metric: 60.0}, alarms=[], config_digest=digest, fingerprint={})
        result = {**empty, **content}
        (job.folder / 'result.json').write_text(json.dumps(result))
        return result

    return write
