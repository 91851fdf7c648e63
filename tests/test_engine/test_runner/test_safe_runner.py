import os

import pytest
import torch
from mmengine.config import Config
from mmengine.model import is_model_wrapper

from singer_mm.errors import CheckpointError
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, load_checkpoint


@pytest.fixture
def trained(run_cfg, request):
    runner = RUNNERS.build(Config(dict(run_cfg, experiment_name=request.node.name)))
    runner.train()
    return runner


@pytest.mark.slow
def test_checkpoints_hold_no_teacher(trained):
    checkpoint = load_checkpoint(f'{trained.work_dir}/iter_8.pth')
    assert {name.split('.')[0] for name in checkpoint['state_dict']} == {'student', 'projectors', 'refiners'}
    trainable = sum(value.requires_grad for value in trained.model.parameters())
    assert len(checkpoint['optimizer']['state']) == trainable
    num_listed = sum(len(group['params']) for group in checkpoint['optimizer']['param_groups'])
    assert num_listed <= len(list(trained.model.parameters()))


@pytest.mark.slow
def test_a_full_disk_leaves_the_checkpoints_written_before(trained, disk_of):
    before = {name: os.path.getsize(f'{trained.work_dir}/{name}') for name in os.listdir(trained.work_dir)}
    with disk_of(20_000), pytest.raises(CheckpointError, match=r'work_dir/\w+\.pth'):
        trained.save_checkpoint(trained.work_dir, 'iter_8.pth', by_epoch=False)
    assert {name: os.path.getsize(f'{trained.work_dir}/{name}') for name in os.listdir(trained.work_dir)} == before
    load_checkpoint(find_latest_checkpoint(trained.work_dir))


@pytest.mark.slow
def test_a_checkpoint_of_another_model_is_refused(trained, tmp_path):
    checkpoint = load_checkpoint(f'{trained.work_dir}/iter_8.pth')
    checkpoint['state_dict'].pop('refiners.3.up')
    torch.save(checkpoint, tmp_path / 'other.pth')
    with pytest.raises(CheckpointError, match=r'other\.pth.*refiners\.3\.up'):
        trained.load_checkpoint(str(tmp_path / 'other.pth'))


@pytest.mark.slow
def test_an_exported_student_is_no_checkpoint_to_resume(trained, tmp_path):
    torch.save(dict(weights=torch.ones(2)), tmp_path / 'weights.pth')
    with pytest.raises(CheckpointError, match=r'weights\.pth.*state_dict'):
        trained.load_checkpoint(str(tmp_path / 'weights.pth'))


def test_weights_begin_alike_whatever_was_drawn_before(run_cfg):
    """A head over cached features starts as one over the backbone, whose construction draws random numbers."""
    drawn = {}
    for depth, seed in ((4, 7), (5, 7), (4, 8)):
        run_cfg['model']['student'] = dict(run_cfg['model']['student'], depth=depth)
        name = f'depth {depth}, seed {seed}'
        runner = RUNNERS.build(Config(dict(run_cfg, experiment_name=name, randomness=dict(seed=seed))))
        runner.model.init_weights = lambda name=name: drawn.update({name: torch.rand(3).tolist()})
        runner._init_model_weights()
    assert drawn['depth 4, seed 7'] == drawn['depth 5, seed 7'] != drawn['depth 4, seed 8']


@pytest.mark.slow
def test_without_workers_their_options_are_left_out(run_cfg):
    loader = dict(run_cfg['train_dataloader'], persistent_workers=True, prefetch_factor=4)
    runner = RUNNERS.build(Config(dict(run_cfg, train_dataloader=loader, experiment_name='workers')))
    built = runner.build_dataloader(loader)
    assert (built.num_workers, built.persistent_workers) == (0, False)
    built = runner.build_dataloader(dict(loader, num_workers=1))
    assert (built.persistent_workers, built.prefetch_factor) == (True, 4)


@pytest.fixture
def gloo(tmp_path, monkeypatch):
    """A group of one process, without a GPU."""
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    torch.distributed.init_process_group('gloo', init_method=f'file://{tmp_path}/group', rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_several_processes_without_a_gpu_or_without_anything_to_train(run_cfg, gloo):
    runner = RUNNERS.build(Config(dict(run_cfg, launcher='pytorch', experiment_name='gloo')))
    assert is_model_wrapper(runner.model)
    assert runner.model.device_ids is None
    frozen = runner.model.module.requires_grad_(False)
    # Neighbours are searched with a backbone alone; torch's wrapper refuses to hold it.
    assert runner.wrap_model(None, frozen) is frozen


@pytest.mark.slow
@pytest.mark.parametrize('counts', [1, 4])
def test_accumulated_batches_count_in_the_scaled_rate(run_cfg, request, counts):
    cfg = Config(dict(run_cfg, experiment_name=request.node.name))
    cfg.auto_scale_lr = dict(base_batch_size=16, enable=True)
    cfg.optim_wrapper.accumulative_counts = counts
    cfg.param_scheduler = None
    cfg.train_cfg.max_epochs = 1
    runner = RUNNERS.build(cfg)
    runner.train()
    # A batch of 2 on a base of 16.
    assert runner.optim_wrapper.param_groups[0]['lr'] == pytest.approx(1e-3 * 2 * counts / 16)
