"""What only a GPU shows; each test is skipped where there is none."""

import subprocess
import sys

import pytest
import torch
from conftest import ROOT
from mmengine.config import Config

from singer_mm.registry import MODELS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU'),
]


def test_a_step_in_bfloat16_is_close_to_float32(singer_cfg, images):
    losses = []
    for dtype in (None, 'bfloat16'):
        torch.manual_seed(0)
        distiller = MODELS.build(dict(singer_cfg, teacher_dtype=dtype))
        distiller.init_weights()
        distiller = distiller.cuda()
        with torch.autocast('cuda', dtype=torch.bfloat16, enabled=dtype is not None):
            losses.append({name: value.item() for name, value in distiller(images.cuda()).items()})
    for name, value in losses[0].items():
        assert losses[1][name] == pytest.approx(value, rel=0.05), name


def test_a_step_of_a_gpu_is_that_of_a_cpu(singer, images):
    expected = {name: value.item() for name, value in singer(images).items()}
    found = {name: value.item() for name, value in singer.cuda()(images.cuda()).items()}
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_compiled_student_gives_the_same_losses(singer, images):
    singer, images = singer.cuda(), images.cuda()
    expected = {name: value.item() for name, value in singer(images).items()}
    singer.student.vit = torch.compile(singer.student.vit)
    assert {name: value.item() for name, value in singer(images).items()} == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize('arguments', [[], ['--amp']], ids=['float32', 'amp'])
def test_train_and_resume(run_cfg, tmp_path, arguments):
    cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
    cfg.dump(tmp_path / 'config.py')
    command = [
        sys.executable,
        ROOT / 'tools/train.py',
        tmp_path / 'config.py',
        '--work-dir',
        tmp_path / 'run',
        *arguments,
    ]
    for options in ([], ['--resume', '--cfg-options', 'train_cfg.max_epochs=3']):
        result = subprocess.run([*command, *options], capture_output=True, text=True, timeout=600)
        assert result.returncode == 0, result.stderr
    assert load_checkpoint(tmp_path / 'run/iter_12.pth')['meta']['iter'] == 12


def test_micro_batches_train_as_the_whole_batch_does(run_cfg):
    weights = []
    for maximum in (None, 1):
        cfg = Config(dict(run_cfg, total_batch_size=4, max_batch_per_gpu=maximum, experiment_name=f'gpu_{maximum}'))
        cfg.merge_from_dict({'train_dataloader.batch_size': None, 'model.student.drop_path_rate': 0.0})
        cfg.optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1))
        runner = RUNNERS.build(cfg)
        runner.train()
        weights.append(runner.model.state_dict())
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason='NCCL needs two GPUs')
def test_two_gpus_train_as_one(tmp_path):
    from random_datasets import write_random_datasets

    write_random_datasets(tmp_path / 'data')
    tool = ROOT / 'tools/analysis/compare_processes.py'
    result = subprocess.run(
        [sys.executable, tool, '--data', 'data', '--out', 'out', '--accumulation'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stdout + result.stderr[-3000:]
