import pytest

from singer_mm.datasets.samplers import resumable_sampler
from singer_mm.datasets.samplers.resumable_sampler import ResumableSampler

DATASET = range(11)


@pytest.fixture
def processes(monkeypatch):
    def make(world_size, **arguments):
        samplers = []
        for rank in range(world_size):
            monkeypatch.setattr(resumable_sampler, 'get_dist_info', lambda rank=rank: (rank, world_size))
            samplers.append(ResumableSampler(DATASET, seed=3, **arguments))
        return samplers

    return make


def test_an_epoch_visits_every_sample_once(processes):
    (sampler,) = processes(1)
    assert sorted(index for index, _ in sampler) == list(DATASET)


def test_epochs_differ_and_repeat(processes):
    (sampler,) = processes(1)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert [index for index, _ in second] != [index for index, _ in first]
    assert not {seed for _, seed in first} & {seed for _, seed in second}


def test_skipping_continues_where_the_epoch_was_left(processes):
    (sampler,) = processes(1)
    sampler.set_epoch(2)
    whole = list(sampler)
    sampler.skip(4)
    assert list(sampler) == whole[4:]
    assert len(sampler) == 11


def test_two_processes_see_what_one_sees(processes):
    (alone,), (first, second) = processes(1), processes(2)
    together = [sample for pair in zip(first, second, strict=True) for sample in pair]
    assert together == list(alone)[:10]
    assert len(first) == len(second) == 5


def test_without_shuffling(processes):
    (sampler,) = processes(1, shuffle=False)
    assert [index for index, _ in sampler] == list(DATASET)


def test_one_order_for_all_epochs_still_draws_new_augmentations(processes):
    for world_size in (1, 2):
        epochs = []
        for epoch in (0, 1, 5):
            samplers = processes(world_size, reshuffle=False)
            for sampler in samplers:
                sampler.set_epoch(epoch)
            epochs.append([list(sampler) for sampler in samplers])
        orders = [[[index for index, _ in samples] for samples in epoch] for epoch in epochs]
        assert orders[0] == orders[1] == orders[2]
        assert [index for together in zip(*orders[0], strict=True) for index in together] != list(DATASET)[:-1]
        seeds = [{seed for samples in epoch for _, seed in samples} for epoch in epochs]
        assert not seeds[0] & seeds[1] and not seeds[1] & seeds[2]
