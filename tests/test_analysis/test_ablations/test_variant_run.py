import os
import time
from pathlib import Path

import pytest
from mmengine.config import Config
from rich.console import Console

from singer_mm.analysis.ablations.train_variants import train_variants
from singer_mm.analysis.ablations.variant_run import VariantRun
from singer_mm.utils.job_processes import start_job

pytestmark = pytest.mark.slow


def run_of(folder, seed=0, rank=4):
    return VariantRun('some variant', seed, Config(dict(model=dict(rank=rank))), folder / 'run')


def test_done_means_this_very_training(tmp_path):
    run = run_of(tmp_path)
    assert not run.is_done()
    run.set_done()
    assert run.is_done()
    assert not run_of(tmp_path, seed=1).is_done()
    assert not run_of(tmp_path, rank=5).is_done()


def test_a_run_of_other_settings_is_moved_aside_and_a_failed_one_is_not_done(tmp_path):
    run_of(tmp_path).set_done()
    other = run_of(tmp_path, rank=5)
    other.make_room()
    (other.folder / 'failure.json').write_text('{"error": "ended by SIGKILL."}')  # of an earlier process
    # A config without anything to train: the training fails at once, with a sentence in its log.
    failures = train_variants([other], jobs=1, gpus=0, console=Console(quiet=True))
    assert len([path for path in tmp_path.iterdir() if path.name.startswith('run.')]) == 1
    assert (
        list(failures) == [other]
        and 'SIGKILL' not in failures[other]
        and str(other.folder / 'log.txt') in failures[other]
    )
    assert 'error: ' + failures[other].split(' (see ')[0] in (other.folder / 'log.txt').read_text()
    assert not other.is_done()


@pytest.mark.parametrize(('gpu', 'expected'), [(1, b'7'), (None, b'5,7')])
def test_a_training_sees_one_gpu_of_those_that_the_scheduler_gave(tmp_path, monkeypatch, gpu, expected):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '5,7')
    process = start_job(run_of(tmp_path), lambda run: run.train(3), gpu)
    environment = Path(f'/proc/{process.pid}/environ')
    deadline = time.monotonic() + 60
    while b'OMP_NUM_THREADS=3' not in (found := environment.read_bytes().split(b'\0')):
        assert time.monotonic() < deadline and process.is_alive()  # tools/train.py has not taken its place yet
        time.sleep(0.001)
    process.kill()
    process.join()
    assert b'CUDA_VISIBLE_DEVICES=' + expected in found


def test_a_training_ends_with_the_process_that_started_it(tmp_path):
    run, reader, writer = run_of(tmp_path), *os.pipe()
    parent = os.fork()
    if parent == 0:  # killed like a command that ran out of memory
        process = start_job(run, lambda run: run.train(1))
        os.write(writer, str(process.pid).encode())
        os.kill(os.getpid(), 9)
    os.waitpid(parent, 0)
    training = Path(f'/proc/{int(os.read(reader, 20))}')
    deadline = time.monotonic() + 60
    while training.exists() and 'Z' not in training.joinpath('stat').read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
