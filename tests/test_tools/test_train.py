"""The command line, in processes of its own: train, kill, resume, two processes, and every kind of bad input."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from mmengine.config import Config

from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

LOSSES = ('train/loss', 'train/loss_kd', 'train/loss_outlier', 'train/loss_info')


@pytest.fixture
def config(run_cfg, tmp_path):
    def write(**changes):
        cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
        cfg.merge_from_dict(changes)
        path = tmp_path / 'config.py'
        cfg.dump(path)
        return str(path)

    return write


def command(*arguments):
    return [sys.executable, str(ROOT / 'tools/train.py'), *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300)


def losses_of(work_dir, name):
    scalars = load_checkpoint(Path(work_dir) / name)['message_hub']['log_scalars']
    return {key: scalars[key].data[0].tolist() for key in LOSSES}


def test_killed_at_any_moment_and_resumed(config, tmp_path):
    path = config(**{'train_cfg.max_epochs': 10, 'train_dataloader.num_workers': 1})
    assert run(path, '--work-dir', tmp_path / 'whole').returncode == 0

    # In a session of its own, so that the kill takes the data loading worker too.
    process = subprocess.Popen(
        command(path, '--work-dir', tmp_path / 'killed'),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / 'killed' / 'iter_7.pth').exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / 'killed' / 'iter_40.pth').exists()

    resumed = run(path, '--work-dir', tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    whole = losses_of(tmp_path / 'whole', 'iter_40.pth')
    assert len(whole['train/loss']) == 40
    assert losses_of(tmp_path / 'killed', 'iter_40.pth') == whole


def test_two_gloo_processes_equal_one_with_twice_the_batch(config, tmp_path):
    # Plain SGD: Adam would blow the rounding noise of gradients that are zero in theory (the key bias) up to its full
    # step. No drop path: its masks belong to the process.
    path = config(
        **{
            'model.student.drop_path_rate': 0.0,
            'model.loss_kd': dict(type='KDLoss', normalization='channel'),  # its statistics are those of all processes
            'optim_wrapper.optimizer': dict(type='SGD', lr=0.1, _delete_=True),
            'model_wrapper_cfg': dict(type='singer_mm.DistillerDDP'),
            'train_cfg.max_epochs': 3,
        }
    )
    batch_size = 'train_dataloader.batch_size={}'
    environment = dict(os.environ, PYTHON=sys.executable, OMP_NUM_THREADS='1')
    two = subprocess.run(
        ['bash', str(ROOT / 'tools/dist_train.sh'), path, '2', '--work-dir', str(tmp_path / 'two')]
        + ['--cfg-options', batch_size.format(2)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert two.returncode == 0, two.stderr
    one = run(path, '--work-dir', tmp_path / 'one', '--cfg-options', batch_size.format(4))
    assert one.returncode == 0, one.stderr
    after_two, after_one = (load_checkpoint(tmp_path / name / 'iter_5.pth')['state_dict'] for name in ('two', 'one'))
    assert not any('teacher' in name or name.startswith('module') for name in after_two)
    start = load_checkpoint(tmp_path / 'one' / 'iter_1.pth')['state_dict']
    moved = max((after_one[name] - start[name]).abs().max().item() for name in start if 'student' in name)
    assert moved > 1e-3  # there was something to agree on
    for name, value in after_one.items():
        torch.testing.assert_close(after_two[name], value, rtol=0, atol=1e-6)


def test_amp_and_auto_scale_lr(config, tmp_path):
    path = config(auto_scale_lr=dict(base_batch_size=4, enable=False))
    result = run(path, '--work-dir', tmp_path / 'amp', '--amp', '--auto-scale-lr', '--seed', 5)
    assert result.returncode == 0, result.stderr
    dumped = Config.fromfile(tmp_path / 'amp' / 'config.py')
    assert dumped.optim_wrapper.type == 'singer_mm.BFloat16OptimWrapper'
    assert dumped.model.teacher_dtype == 'bfloat16'
    assert dumped.randomness.seed == 5
    last = load_checkpoint(tmp_path / 'amp' / 'iter_8.pth')
    # Batch 2 instead of 4: half of 1e-3.
    assert last['optimizer']['param_groups'][0]['initial_lr'] == pytest.approx(5e-4)
    assert all(value.dtype == torch.float32 for value in last['state_dict'].values())


@pytest.mark.parametrize(
    ('changes', 'named'),
    [
        ({'allow_random_teacher': False}, r'model\.teacher\.pretrained=True'),
        ({'model.teacher_layers': [3, 6]}, r'teacher_layers .*\b6\b'),
        ({'model.refiner.rank': 49}, 'rank 49 .*1 to 48'),
        (
            {'model.loss_kd': dict(type='KDLoss', wait=1)},
            r'model\.loss_kd\.wait .*distance, layer_weights, loss_weight',
        ),
        ({'model.teacher.checkpoint': 'none.pth'}, r'none\.pth'),
        ({'train_dataloader.dataset.data_root': 'nowhere'}, "data_root 'nowhere'"),
        ({'train_dataloader.dataset.pipeline.1.size': 30}, r'\b30x30 .*patch size 8\b'),
    ],
    ids=['random_teacher', 'layer', 'rank', 'key', 'checkpoint', 'folder', 'size'],
)
def test_bad_input_ends_in_one_sentence(config, tmp_path, changes, named):
    result = run(config(**changes), '--work-dir', tmp_path / 'run')
    assert result.returncode == 1
    assert 'Traceback' not in result.stderr
    assert re.match(f'error: .*{named}', result.stderr.strip().splitlines()[-1])


def test_only_broken_images_end_in_one_sentence_though_a_worker_reads_them(config, tmp_path, image_folder):
    for path in image_folder.rglob('*.png'):
        path.write_bytes(b'')
    result = run(config(**{'train_dataloader.num_workers': 1}), '--work-dir', tmp_path / 'run')
    assert result.returncode == 1
    assert 'Traceback' not in result.stderr
    assert re.match(r'error: 21 images .*\.png', result.stderr.strip().splitlines()[-1])


def test_configs_of_one_name_get_work_dirs_of_their_own(load_tool):
    default_work_dir = load_tool('train.py').default_work_dir
    assert default_work_dir(ROOT / 'configs/singer/vitl_vitt.py') == 'work_dirs/singer/vitl_vitt'
    assert default_work_dir(ROOT / 'configs/fitnet/vitl_vitt.py') == 'work_dirs/fitnet/vitl_vitt'
    assert default_work_dir(Path('elsewhere/mine.py')) == 'work_dirs/mine'


def test_a_missing_config_is_named():
    result = run('configs/none.py')
    assert result.returncode == 1
    assert re.fullmatch(r'error: .*configs/none\.py.*', result.stderr.strip())


def test_values_of_the_command_line_are_taken_as_they_are_meant(config, tmp_path, image_folder):
    folder = image_folder.rename(tmp_path / '2024, my photos')
    result = run(
        config(), '--work-dir', tmp_path / 'run', '--cfg-options', f'train_dataloader.dataset.data_root={folder}'
    )
    assert result.returncode == 0, result.stderr
    assert Config.fromfile(tmp_path / 'run' / 'config.py').train_dataloader.dataset.data_root == str(folder)


@pytest.mark.parametrize(
    ('option', 'named'),
    [
        ('train_cfg.max_epochs=0', r'train_cfg\.max_epochs is 0\b.* 1\b'),
        ('model=3', "model is 3.*'type'"),
        ('model.teacher_layers.5=3', r'model\.teacher_layers .*0 to 1\b'),
        ('default_hooks=3', r'default_hooks is 3\b.*dict'),
        ('train_cfg.max_epochs', r"'train_cfg\.max_epochs'.*KEY=VALUE"),
    ],
)
def test_a_slip_on_the_command_line_is_one_sentence(config, tmp_path, option, named):
    result = run(config(), '--work-dir', tmp_path / 'run', '--cfg-options', option)
    assert result.returncode in (1, 2)
    assert 'Traceback' not in result.stderr
    assert re.search(named, result.stderr.strip().splitlines()[-1])
    assert not (tmp_path / 'run').exists()
