"""Folder and config of a job, and what happens to the traces of an earlier run in its folder."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from singer_mm.benchmark.jobs import run_job as run_job_module
from singer_mm.benchmark.jobs.job import use_cache
from singer_mm.benchmark.jobs.run_job import run_job
from singer_mm.errors import CheckpointError, ConfigError, DataError


def write_checkpoint(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, 'w') as file:
        file.writestr('content', 'x')


@pytest.fixture
def trained(monkeypatch):
    """Let jobs note what they were to train on from, in the place of training."""
    seen = []

    def compute(job, cfg, backbone, marks):
        seen.append((job.task.name, cfg.get('load_from'), cfg.get('resume')))
        return dict(metrics={job.task.metric: 50.0}, alarms=[], fingerprint=marks)

    monkeypatch.setattr(run_job_module, '_compute', compute)
    return seen


def test_place(job, settings):
    one = job('aircraft', seed=1, seeds=2)
    assert one.folder == settings().out / 'student/aircraft/linear_paper/seed1'
    assert one.title == 'student: FGVC-Aircraft, seed 1'
    assert job('coco').folder.parts[-2:] == ('frozen_maskrcnn', 'seed0')
    assert job('coco', protocol='finetune').protocol == 'finetune_maskrcnn'
    assert job('imagenet_r', seed=1).head_job == job('imagenet1k', seed=1)
    assert job('imagenet1k').head_job is None


def test_config_is_that_of_the_protocol_on_these_data_with_this_backbone(job, small):
    cfg = job('imagenet1k', seed=3).config()
    assert cfg.randomness.seed == 3
    assert cfg.model.backbone.checkpoint == small.first
    assert cfg.model.head.in_channels == 24
    assert cfg.train_cfg.max_epochs == 150
    assert cfg.test_dataloader.dataset.data_root == f'{small.data}/imagenet'
    assert 'autocast' not in cfg.model.backbone
    assert job('imagenet1k', amp=True).config().model.backbone.autocast == 'bfloat16'
    # The backbone is trained: its precision is another matter.
    assert 'autocast' not in job('imagenet1k', amp=True, protocol='finetune').config().model.backbone


def test_place_writes_below_the_folder_and_resumes(job):
    one = job('imagenet1k')
    cfg = one.config()
    one.place(cfg)
    assert Path(cfg.work_dir) == one.folder
    assert cfg.default_hooks.checkpoint.interval == 15  # ten in 150 epochs
    (recorder,) = [metric for metric in cfg.test_evaluator if metric['type'] == 'singer_mm.PredictionRecorder']
    assert Path(recorder['out_file']) == one.folder / 'predictions.npz'
    assert [hook['type'] for hook in cfg.custom_hooks] == ['singer_mm.FrozenBackboneHook', 'singer_mm.ProgressFileHook']
    assert cfg.get('load_from') is None

    write_checkpoint(one.folder / 'epoch_15.pth')
    write_checkpoint(one.folder / 'epoch_135.pth')
    (one.folder / 'epoch_150.pth').write_bytes(b'PK half a file')
    cfg = one.config()
    one.place(cfg)
    assert (cfg.resume, cfg.load_from) == (True, str(one.folder / 'epoch_135.pth'))


def test_sentences_for_what_is_missing(job, small, tmp_path):
    with pytest.raises(ConfigError, match=r'config .*imagenet1k/linear_paper\.py does not exist'):
        job(configs=tmp_path).config()
    with pytest.raises(DataError, match=r'data folder .*gone does not exist'):
        job(data=str(tmp_path / 'gone')).config()
    damaged = tmp_path / 'damaged.pth'
    content = Path(small.first).read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=r'damaged\.pth is truncated or no checkpoint'):
        job(reference=str(damaged)).config()


def test_a_head_must_have_been_trained(job, finish):
    shifted = job('imagenet_r')
    sentence = 'ImageNet-R evaluates the head of ImageNet-1K, which has not been trained'
    with pytest.raises(ConfigError, match=sentence):
        shifted.head_result()
    head = shifted.head_job
    finish(head)
    assert shifted.head_result()['config_digest'] == 'digest'
    with pytest.raises(ConfigError, match=r'imagenet1k/linear_paper/seed0 has lost its checkpoint; remove this folder'):
        shifted.head_checkpoint()
    write_checkpoint(head.folder / 'epoch_150.pth')
    assert shifted.head_checkpoint() == str(head.folder / 'epoch_150.pth')
    # It holds of an earlier run; the one with the present settings has failed.
    (head.folder / 'failure.json').write_text(json.dumps({'error': 'x'}))
    with pytest.raises(ConfigError, match=sentence):
        shifted.head_result()
    assert job('imagenet1k').head_result() is None and job('imagenet1k').head_checkpoint() is None


def test_features_are_cached_of_frozen_backbones_only(job):
    for task, protocol, cached in (
        ('imagenet1k', 'paper', True),
        ('imagenet1k', 'knn', True),
        ('imagenet_r', 'paper', True),
        ('imagenet1k', 'finetune', False),
    ):
        one = job(task, protocol=protocol)
        assert use_cache(one, one.config()) == cached
    one = job(cache=None)
    assert not use_cache(one, one.config())


@pytest.mark.slow
def test_finished_jobs_are_not_run_again(job, trained):
    first = run_job(job())
    assert [name for name, *_ in trained] == ['imagenet1k']
    (job().folder / 'failure.json').write_text(json.dumps({'error': 'the file was away.'}))
    assert run_job(job()) == first == job().read_result()
    assert len(trained) == 1
    assert job().read_failure() is None


@pytest.mark.slow
def test_a_result_does_not_outlive_its_data(job, small, trained, tmp_path):
    data = tmp_path / 'data'
    shutil.copytree(small.data / 'imagenet', data / 'imagenet')
    one = job(data=str(data))
    run_job(one)
    os.utime(next((data / 'imagenet/val').rglob('*.JPEG')))
    run_job(one)
    assert len(trained) == 2
    assert len(list(one.folder.glob('before-*'))) == 1
    data.rename(tmp_path / 'moved')
    run_job(job(data=str(tmp_path / 'moved')))
    assert len(trained) == 2


@pytest.mark.slow
def test_other_settings_set_the_earlier_run_aside(job, trained):
    folder = job().folder
    write_checkpoint(folder / 'epoch_15.pth')  # of nobody knows what, before any job.json: taken as ours
    run_job(job())
    assert trained[-1] == ('imagenet1k', str(folder / 'epoch_15.pth'), True)
    run_job(job(cache=None))
    assert trained[-1] == ('imagenet1k', None, None)
    (aside,) = folder.glob('before-*')
    assert {path.name for path in aside.iterdir()} == {'epoch_15.pth', 'job.json', 'result.json'}


@pytest.mark.slow
def test_a_kill_while_setting_aside_leaves_nothing_that_counts(job, trained, monkeypatch):
    folder = job().folder
    run_job(job())
    for epoch in (15, 30, 45):
        write_checkpoint(folder / f'epoch_{epoch}.pth')
    rename = Path.rename

    for allowed in range(3):
        with monkeypatch.context() as patch:
            left = [allowed]

            def rename_until_killed(path, target, left=left):
                if not left[0]:
                    raise KeyboardInterrupt
                left[0] -= 1
                return rename(path, target)

            patch.setattr(Path, 'rename', rename_until_killed)
            with pytest.raises(KeyboardInterrupt):
                run_job(job(cache=None))
    run_job(job(cache=None))
    assert trained[-1] == ('imagenet1k', None, None)


@pytest.mark.slow
def test_missing_data_leave_the_earlier_result(job, small, trained, tmp_path):
    data = tmp_path / 'data'
    shutil.copytree(small.data / 'imagenet', data / 'imagenet')
    one = job(data=str(data))
    run_job(one)
    (data / 'imagenet').rename(data / 'away')
    with pytest.raises(DataError, match=r'imagenet, the folder of ImageNet-1K, does not exist'):
        run_job(one)
    (data / 'away').rename(data / 'imagenet')
    run_job(one)
    assert len(trained) == 1 and not list(one.folder.glob('before-*'))


@pytest.mark.slow
def test_one_run_at_a_time(job, trained):
    one = job()
    one.folder.mkdir(parents=True)
    script = """
import fcntl, sys
file = open(sys.argv[1], 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""
    command = [sys.executable, '-c', script, str(one.folder / 'lock')]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(DataError, match='another run is at work in .*; wait for it, or name another folder'):
            run_job(one)
        other.communicate()
    run_job(one)
    assert len(trained) == 1
