from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist

from singer_mm.engine.loops import SharedSums


def test_in_one_process_the_sums_are_its_own_numbers():
    sums = SharedSums()
    sums.add('images', lambda: 3)
    logs = dict(loss=torch.tensor(2.0, requires_grad=True))
    assert sums.exchange(0, logs) is logs
    assert sums.get('images', 0) == 3


def test_each_iteration_has_its_own():
    numbers = iter((1, 2, 3))
    sums = SharedSums()
    sums.add('images', lambda: next(numbers))
    assert [sums.get('images', iteration) for iteration in (0, 0, 1, 1, 2)] == [1, 1, 2, 2, 3]


def test_a_loop_has_one():
    runner = SimpleNamespace(train_loop=SimpleNamespace())
    assert SharedSums.of(runner) is SharedSums.of(runner)


def _exchange(rank, store, queue):
    torch.set_num_threads(1)
    dist.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    sums = SharedSums()
    sums.add('images', lambda: 1000 + rank)
    sums.add('stop', lambda: rank == 1)
    means = sums.exchange(0, dict(loss=torch.tensor(float(rank)), part=torch.tensor(float('nan') if rank else 1.0)))
    queue.put((means['loss'].item(), means['part'].isnan().item(), sums.get('images', 0), sums.get('stop', 0)))
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_learn_the_same(tmp_path):
    context = torch.multiprocessing.get_context('fork')  # pytest's modules cannot be imported by name
    queue = context.SimpleQueue()
    torch.multiprocessing.start_processes(_exchange, (str(tmp_path / 'store'), queue), nprocs=2, start_method='fork')
    assert [queue.get(), queue.get()] == [(0.5, True, 2001, 1)] * 2
