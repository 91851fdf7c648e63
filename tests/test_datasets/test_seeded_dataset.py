import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from singer_mm.datasets import ResumableSampler, SeededDataset


class Noisy(Dataset):
    """Samples that use the generators of augmentation: torch's and NumPy's."""

    metainfo = dict(classes=('a', 'b'))
    loaded = 0

    def full_init(self):
        self.loaded += 1

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return index + torch.rand(()).item() / 2 + np.random.rand() / 4


def test_the_seed_decides_the_augmentation():
    dataset = SeededDataset(Noisy())
    assert dataset[(2, 5)] == dataset[(2, 5)]
    assert dataset[(2, 5)] != dataset[(2, 6)]
    assert int(dataset[(2, 5)]) == 2


def test_a_plain_index_has_seed_0():
    dataset = SeededDataset(Noisy())
    assert dataset[3] == dataset[(3, 0)]


def test_the_generators_around_it_go_on_undisturbed():
    torch.manual_seed(1)
    np.random.seed(1)
    expected = torch.rand(2).tolist(), np.random.rand(2).tolist()
    torch.manual_seed(1)
    np.random.seed(1)
    first = torch.rand(1).tolist(), np.random.rand(1).tolist()
    SeededDataset(Noisy())[(0, 3)]
    second = torch.rand(1).tolist(), np.random.rand(1).tolist()
    assert (first[0] + second[0], first[1] + second[1]) == expected


def test_the_rest_is_the_dataset_s():
    dataset = SeededDataset(Noisy())
    dataset.full_init()
    assert len(dataset) == 6
    assert dataset.metainfo == dict(classes=('a', 'b'))
    assert dataset.dataset.loaded == 1


def test_workers_do_not_change_what_is_seen():
    dataset = SeededDataset(Noisy())
    epochs = [
        [
            batch.tolist()
            for batch in DataLoader(dataset, sampler=ResumableSampler(dataset, seed=3), num_workers=workers)
        ]
        for workers in (0, 2)
    ]
    assert epochs[0] == epochs[1]
    assert sorted(int(value) for (value,) in epochs[0]) == list(range(6))
