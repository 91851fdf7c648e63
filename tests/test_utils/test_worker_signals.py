import multiprocessing
import signal
import subprocess
import time

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from singer_mm.utils.worker_signals import shield_workers


class Numbers(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        time.sleep(0.02)
        return index


def blocked(process):
    """Return the set of signals that a process blocks, as the kernel tells."""
    with open(f'/proc/{process}/status') as file:
        return int(next(line for line in file if line.startswith('SigBlk')).split()[1], 16)


def bit(number):
    return 1 << number - 1


def test_workers_outlive_sigterm_from_others():
    loader = DataLoader(Numbers(), num_workers=2)
    shield_workers(loader)
    batches = iter(loader)
    # By another process: a worker ends when its own training tells it to.
    subprocess.run(['kill', *(str(worker.pid) for worker in multiprocessing.active_children())], check=True)
    assert torch.cat(list(batches)).tolist() == list(range(8))


def test_a_worker_begins_with_sigterm_blocked_and_its_parent_goes_on_without():
    loader = DataLoader(Numbers(), num_workers=1)
    shield_workers(loader)
    process = loader.multiprocessing_context.Process(target=time.sleep, args=(60,))
    process.start()
    try:
        assert blocked(process.pid) & bit(signal.SIGTERM)
        assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    finally:
        process.kill()
        process.join()


@pytest.mark.parametrize('context', ['spawn', None])
def test_an_own_way_to_start_workers_is_kept(context):
    loader = DataLoader(Numbers(), num_workers=1 if context else 0, multiprocessing_context=context)
    before = loader.multiprocessing_context
    shield_workers(loader)
    assert loader.multiprocessing_context is before
