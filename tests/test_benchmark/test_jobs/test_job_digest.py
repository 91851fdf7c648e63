"""By which name an earlier result is known to hold still."""

import contextlib
import json
import os
import shutil

import pytest

from singer_mm.benchmark.jobs.job_digest import job_digest
from singer_mm.errors import DataError


def digest(job, sha256='sha'):
    return job_digest(job, job.config(), sha256)


@pytest.mark.slow
def test_digest_tells_results_apart(job, small, tmp_path):
    one = digest(job())
    assert digest(job()) == one
    assert digest(job(label='renamed')) == one
    assert digest(job(out=tmp_path / 'elsewhere')) == one
    assert digest(job(cache=tmp_path / 'other', cache_limit=1.0, num_workers=7, seeds=5)) == one
    data = tmp_path / 'data'
    shutil.copytree(small.data / 'imagenet', data / 'imagenet')
    assert digest(job(data=str(data))) == one  # a copy with its times
    assert digest(job(data=f'{data}/')) == one
    (data / 'imagenet/mini.json').write_text(json.dumps(dict(seed=1, counts=dict(train=40, val=20, classes=4))))
    others = [
        digest(job(data=str(data))),
        digest(job(), 'other'),
        digest(job(seed=1)),
        digest(job(cache=None)),
        digest(job(amp=True)),
        digest(job('aircraft')),
        digest(job(protocol='knn')),
        digest(job(reference=small.second)),
    ]
    assert len({one, *others}) == 1 + len(others)


@pytest.mark.slow
def test_digest_of_a_test_follows_that_of_its_head(job, finish):
    shifted = job('imagenet_v2')
    finish(shifted.head_job, digest='one')
    first = digest(shifted)
    assert digest(shifted) == first
    finish(shifted.head_job, digest='two')
    assert digest(shifted) != first


@pytest.mark.slow
@pytest.mark.parametrize(
    ('task', 'file'),
    [
        ('imagenet1k', 'imagenet/val/*/*.JPEG'),
        ('imagenet1k', 'imagenet/train/*/*.JPEG'),
        ('ade20k', 'ade/ADEChallengeData2016/annotations/validation/*.png'),
        ('nyud', 'nyu/annotations/train_labelled/*.png'),
        ('aircraft', 'fgvc-aircraft-2013b/data/images/*.jpg'),
    ],
)
def test_digest_follows_the_data(job, small, tmp_path, task, file):
    data = tmp_path / 'data'
    folder = file.split('/')[0]
    shutil.copytree(small.data / folder, data / folder)
    one = job(task, data=str(data))
    before = digest(one)
    (data / folder / 'README.txt').write_text('nobody reads this')
    assert digest(one) == before
    changed = min(data.glob(file))
    os.utime(changed)
    assert digest(one) != before
    changed.unlink()
    with pytest.raises(DataError, match='cannot be read') if task != 'imagenet1k' else contextlib.nullcontext():
        assert digest(one) != before


@pytest.mark.slow
def test_only_the_data_of_a_job_count(job, small, tmp_path):
    data = tmp_path / 'data'
    shutil.copytree(small.data, data)
    ade, imagenet = job('ade20k', data=str(data)), job(data=str(data))
    before = digest(ade)
    os.utime(min((data / 'imagenet/val').rglob('*.JPEG')))
    assert digest(ade) == before
    assert digest(imagenet) != digest(job())
