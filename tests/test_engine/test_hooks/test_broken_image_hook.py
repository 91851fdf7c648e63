import logging
import re
from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.logging import MessageHub

from singer_mm.engine.hooks import BrokenImageHook
from singer_mm.errors import CheckpointError, ConfigError, DataError
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


class Log(logging.Logger):
    def __init__(self):
        super().__init__('log')
        self.lines = []

    def warning(self, message):
        self.lines.append(message)


def batch(*skipped):
    return dict(data_samples=[SimpleNamespace(skipped_images=list(reasons)) for reasons in skipped])


def begin(hook, name):
    runner = SimpleNamespace(
        train_loop=SimpleNamespace(), message_hub=MessageHub.get_instance(name), logger=Log(), iter=0
    )
    hook.before_train(runner)
    return runner


def step(hook, runner, data):
    hook.before_train_iter(runner, 0, data)
    hook.after_train_iter(runner, 0, data)
    runner.iter += 1


def test_every_broken_file_is_reported_once_and_counted_always(request):
    hook = BrokenImageHook(max_share=1)
    runner = begin(hook, request.node.name)
    step(hook, runner, batch(['image a.png cannot be read.'], []))
    step(hook, runner, batch(['image a.png cannot be read.'], ['image b.png does not exist.']))
    assert (hook.num_broken, hook.num_read) == (3, 7)
    first, second = runner.logger.lines
    assert 'a.png' in first
    assert re.search(r'b\.png.*\b3 of 7\b.*\b2\b', second)


def test_too_large_a_share_stops_the_run_after_the_grace(request):
    hook = BrokenImageHook(max_share=0.2, grace=10)
    runner = begin(hook, request.node.name)
    for _ in range(4):
        step(hook, runner, batch([], []))
    with pytest.raises(DataError, match=r'3 of 13 .*23\.1%.*20\.0%'):
        step(hook, runner, batch(['image a.png cannot be read.'] * 3, []))


@pytest.mark.slow
def test_a_resumed_run_counts_on(run_cfg, request, image_folder):
    sorted(image_folder.rglob('*.png'))[3].write_bytes(b'')
    run_cfg['custom_hooks'] = [dict(type='BrokenImageHook', max_share=1)]
    cfg = Config(dict(run_cfg, experiment_name=f'{request.node.name}_whole'))
    whole = RUNNERS.build(cfg)
    whole.train()
    saved, last = (
        load_checkpoint(f'{whole.work_dir}/iter_{number}.pth')['message_hub']['runtime_info']['broken_images']
        for number in (4, 8)
    )
    # One epoch comes to the broken image once; images that take its place may be read twice.
    assert (saved['num_broken'], saved['num_read']) == (1, 9)
    assert (last['num_broken'], last['num_read'], len(last['known'])) == (2, 18, 1)
    cfg.merge_from_dict(
        dict(
            load_from=f'{whole.work_dir}/iter_4.pth',
            resume=True,
            work_dir=f'{whole.work_dir}_resumed',
            experiment_name=f'{request.node.name}_resumed',
        )
    )
    resumed = RUNNERS.build(cfg)
    resumed.train()
    assert resumed.message_hub.get_info('broken_images') == last


def test_damaged_counts_are_refused(request):
    MessageHub.get_instance(request.node.name).update_info('broken_images', dict(num_read='7'))
    with pytest.raises(CheckpointError, match='broken_images'):
        begin(BrokenImageHook(), request.node.name)


def _count(rank, store, queue):
    torch.set_num_threads(1)
    dist.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    hook = BrokenImageHook(max_share=0.2, grace=10)
    runner = begin(hook, 'two')
    reason = f'image {rank}.png cannot be read.'
    step(hook, runner, batch([], [reason] if rank else []))
    with pytest.raises(DataError) as caught:
        step(hook, runner, batch([reason], [reason]))
    queue.put(
        (hook.num_read, hook.num_broken, list(hook.known), len(runner.logger.lines), '5 of 13' in str(caught.value))
    )
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_count_together_and_judge_alike(tmp_path):
    context = torch.multiprocessing.get_context('fork')  # pytest's modules cannot be imported by name
    queue = context.SimpleQueue()
    torch.multiprocessing.start_processes(_count, (str(tmp_path / 'store'), queue), nprocs=2, start_method='fork')
    first, second = queue.get(), queue.get()
    assert first == second
    known = ['image 1.png cannot be read.', 'image 0.png cannot be read.']
    assert first == (13, 5, known, 2, True)


def test_refuses_a_share_out_of_range():
    with pytest.raises(ConfigError, match='max_share.* 2.*0 to 1'):
        BrokenImageHook(max_share=2)


def test_refuses_a_dataset_that_skips_nothing(request):
    hook = BrokenImageHook()
    runner = begin(hook, request.node.name)
    with pytest.raises(ConfigError, match='BrokenImageHook.*SimpleNamespace.*custom_hooks'):
        step(hook, runner, dict(data_samples=[SimpleNamespace()]))
