import time
from pathlib import Path

import pytest
from mmengine.config import Config

from singer_mm.analysis.ablations.variant_run import VariantRun

pytestmark = pytest.mark.slow


def run_of(folder, seed=0, rank=4):
    return VariantRun('some variant', seed, Config(dict(model=dict(rank=rank))), folder / 'run')


def test_done_means_this_very_training(tmp_path):
    run = run_of(tmp_path)
    assert not run.is_done()
    run.folder.mkdir()
    assert run.end(0) is None
    assert run.is_done()
    assert not run_of(tmp_path, seed=1).is_done()
    assert not run_of(tmp_path, rank=5).is_done()


def test_a_run_of_other_settings_is_moved_aside(tmp_path):
    run_of(tmp_path).folder.mkdir()
    run_of(tmp_path).end(0)
    other = run_of(tmp_path, rank=5)
    process = other.start(threads=1, gpu=None)  # a config without anything to train: the training fails at once
    assert process.wait() == 1
    assert len([path for path in tmp_path.iterdir() if path.name.startswith('run.')]) == 1
    assert 'log.txt' in other.end(1)
    assert not other.is_done()


def test_a_training_sees_one_gpu_of_those_that_the_scheduler_gave(tmp_path, monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '5,7')
    for gpu, expected in ((1, b'7'), (None, b'5,7')):
        process = run_of(tmp_path).start(threads=1, gpu=gpu)
        while not (environment := Path(f'/proc/{process.pid}/environ').read_bytes()):
            time.sleep(0.001)  # Linux fills it in a moment after the process has started
        process.kill()
        process.wait()
        assert b'CUDA_VISIBLE_DEVICES=' + expected in environment.split(b'\0')


def test_a_failure_is_told_by_the_sentence_in_the_log(tmp_path):
    run = run_of(tmp_path)
    run.folder.mkdir()
    (run.folder / 'log.txt').write_text('noise\nerror: the disk is full.\n')
    assert run.end(1).startswith('the disk is full. (see ')
