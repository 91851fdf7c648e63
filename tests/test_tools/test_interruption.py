"""How a training in processes of its own ends: by a signal, by the clock, without its launcher, by an error in one."""

import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from training_run import Run

from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

LOSSES = ('train/loss', 'train/loss_kd', 'train/loss_outlier', 'train/loss_info')
LONG = {'train_cfg.max_epochs': 4000}
"""More iterations than fit into the patience of a test."""


@pytest.fixture
def config(run_cfg, tmp_path):
    def write(**changes):
        cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
        cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1, max_keep_ckpts=2)
        cfg.merge_from_dict({'model_wrapper_cfg': dict(type='singer_mm.DistillerDDP'), **changes})
        path = tmp_path / 'config.py'
        cfg.dump(path)
        return str(path)

    return write


@pytest.fixture
def start():
    runs = []

    def one(*arguments, **environment):
        runs.append(Run([sys.executable, ROOT / 'tools/train.py', *arguments], **environment))
        return runs[-1]

    def two(config, *arguments, **environment):
        runs.append(Run(['bash', ROOT / 'tools/dist_train.sh', config, 2, *arguments], **environment))
        return runs[-1]

    one.two = two
    yield one
    for run in runs:
        run.kill()


def wait_for(condition, timeout=120):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_under_way(work_dir):
    return lambda: bool(list(Path(work_dir).glob('epoch_*.pth')))


def checkpoint_of(stderr):
    return Path(re.search(r'saved in (\S+\.pth)', stderr)[1])


def losses_of(path):
    scalars = load_checkpoint(path)['message_hub']['log_scalars']
    return {key: scalars[key].data[0].tolist() for key in LOSSES}


def sentences(stderr):
    return [line for line in stderr.splitlines() if line.startswith(('interrupted ', 'error: '))]


def test_two_processes_end_with_their_launcher_or_by_sigterm_and_resume_bit_for_bit(config, start, tmp_path):
    path = config(**LONG, param_scheduler=[])  # a schedule would depend on the number of epochs
    folder = tmp_path / 'run'
    run = start.two(path, '--work-dir', folder)
    wait_for(is_under_way(folder))
    os.kill(run.process.pid, signal.SIGKILL)
    assert run.process.wait() == -signal.SIGKILL
    wait_for(lambda: not run.members(), timeout=20)
    (sentence,) = sentences(run.end()[1])
    assert sentence.startswith('interrupted by the end of its launcher after iteration ')

    first = checkpoint_of(sentence)
    run = start.two(path, '--work-dir', folder, '--resume')
    wait_for(lambda: not first.exists())  # a regular checkpoint has taken its place
    os.kill(run.process.pid, signal.SIGTERM)
    status, stderr = run.end(timeout=30)
    assert status == 143
    assert 'Traceback' not in stderr
    (sentence,) = sentences(stderr)
    assert sentence.startswith('interrupted by SIGTERM after iteration ')
    assert sentence.endswith(f'dist_train.sh {path} 2 --work-dir {folder} --resume')
    saved = checkpoint_of(stderr)
    iteration = load_checkpoint(saved)['meta']['iter']
    assert len(losses_of(saved)['train/loss']) == iteration
    assert len(list(folder.glob('*_*.pth'))) <= 2  # max_keep_ckpts
    assert not (folder / 'lock').exists()
    assert not run.members()

    epochs = iteration // 2 + 2
    shorter = ['--cfg-options', f'train_cfg.max_epochs={epochs}']
    for work_dir, resume in ((folder, ['--resume']), (tmp_path / 'whole', [])):
        status, stderr = start.two(path, '--work-dir', work_dir, *resume, *shorter).end()
        assert status == 0, stderr
    files = [work_dir / f'epoch_{epochs}.pth' for work_dir in (folder, tmp_path / 'whole')]
    resumed, whole = (losses_of(file) for file in files)
    assert len(whole['train/loss']) == 2 * epochs
    assert resumed == whole
    weights, expected = (load_checkpoint(file)['state_dict'] for file in files)
    assert all(torch.equal(value, expected[name]) for name, value in weights.items())
    assert not saved.exists()


def test_sigterm_to_one_of_two_processes_ends_both_saved(config, start, tmp_path):
    folder = tmp_path / 'run'
    run = start.two(config(**LONG), '--work-dir', folder)
    wait_for(is_under_way(folder))
    (second,) = [process for process, variables in run.members().items() if 'RANK=1' in variables]
    os.kill(second, signal.SIGTERM)
    status, stderr = run.end(timeout=30)
    assert status == 143
    (sentence,) = sentences(stderr)
    assert sentence.startswith('interrupted by SIGTERM after iteration ')
    assert load_checkpoint(checkpoint_of(stderr))['meta']['iter'] > 0
    assert not run.members()


def test_one_process_by_a_signal_to_all_and_by_the_clock_while_it_keeps_others_out(config, start, tmp_path):
    path = config(**LONG, **{'train_dataloader.num_workers': 1})
    folder = tmp_path / 'a folder'
    run = start(path, '--work-dir', folder)
    wait_for(is_under_way(folder))
    status, stderr = start(path, '--work-dir', folder).end()
    assert status == 1
    assert f'(process {run.process.pid} on {socket.gethostname()}, since ' in stderr
    assert len(stderr.splitlines()) == 1
    os.killpg(run.process.pid, signal.SIGTERM)  # as Slurm does: data loading workers get it, too
    status, stderr = run.end(timeout=30)
    assert status == 143, stderr
    (sentence,) = sentences(stderr)
    assert sentence.endswith(f" --work-dir '{folder}' --resume")
    assert load_checkpoint(re.search(r'saved in (.*\.pth)', sentence)[1])['meta']['iter'] > 0

    status, stderr = start(path, '--work-dir', folder, '--resume', '--time-limit', '0:01').end()
    assert status == 75
    assert sentences(stderr)[0].startswith('interrupted by the time limit after iteration ')


PLUGIN = """
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from singer_mm.errors import DataError


@HOOKS.register_module(force=True)
class Trouble(Hook):
    def __init__(self, kind):
        self.kind = kind

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 1 and get_rank() == 1:
            if self.kind == 'nan':
                data_batch['inputs'] = [image.float() * float('nan') for image in data_batch['inputs']]
            else:
                raise DataError('the disk of process 1 is gone.')
"""


@pytest.mark.parametrize('kind', ['nan', 'error'])
def test_trouble_in_one_of_two_processes_ends_both(config, start, tmp_path, run_cfg, kind):
    (tmp_path / 'plugin.py').write_text(PLUGIN)
    path = config(
        custom_imports=dict(imports=['plugin']),
        custom_hooks=[dict(type='mmengine.Trouble', kind=kind), *run_cfg['custom_hooks']],
    )
    status, stderr = start.two(path, '--work-dir', tmp_path / 'run', PYTHONPATH=str(tmp_path)).end(timeout=60)
    assert status == 1
    assert 'Traceback' not in stderr
    said = sentences(stderr)
    if kind == 'error':
        assert said[0] == 'error: the disk of process 1 is gone.'
        assert all('another process' in line for line in said[1:])
        return
    (sentence,) = said
    assert re.search(r'loss = nan.* iteration 2\b.* \S+\.png, \S+\.png .*process 1 of 2', sentence)
    assert not list((tmp_path / 'run').glob('*.pth'))
