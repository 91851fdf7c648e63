import pytest
from mmengine.dataset import BaseDataset

from singer_mm.datasets import HoldOut, SeededDataset
from singer_mm.errors import ConfigError, DataError


class Numbers(BaseDataset):
    METAINFO = dict(classes=('a', 'b'))

    def __init__(self, size):
        self.size = size
        super().__init__()

    def load_data_list(self):
        return [dict(number=number) for number in range(self.size)]


def numbers_of(part, size=50, **kwargs):
    dataset = HoldOut(Numbers(size), part, **kwargs)
    return [dataset[index]['number'] for index in range(len(dataset))]


@pytest.mark.parametrize(('size', 'share', 'held_out'), [(50, 0.1, 5), (2, 0.5, 1), (3, 0.01, 1), (4, 0.99, 3)])
def test_parts_are_disjoint_and_complete(size, share, held_out):
    parts = [numbers_of(part, size, share=share) for part in ('train', 'held_out')]
    assert len(parts[1]) == held_out
    assert sorted(parts[0] + parts[1]) == list(range(size))


def test_the_split_is_random_but_the_same_every_time():
    assert numbers_of('held_out') == numbers_of('held_out')
    assert numbers_of('held_out', seed=1) != numbers_of('held_out')
    assert numbers_of('held_out', share=0.5) != list(range(25))


def test_shows_what_the_dataset_knows():
    part = HoldOut(Numbers(10), 'held_out', share=0.2)
    assert part.metainfo['classes'] == ('a', 'b')
    assert [part.get_data_info(index)['number'] for index in range(2)] == numbers_of('held_out', 10, share=0.2)


def test_works_below_a_seeded_dataset():
    dataset = SeededDataset(HoldOut(Numbers(10), 'train'))
    assert len(dataset) == 9
    assert dataset[(3, 123)] == dataset[3]
    assert dataset.metainfo['classes'] == ('a', 'b')


def test_refuses_what_is_no_split():
    with pytest.raises(ConfigError, match="part.*'val'.*train, held_out"):
        HoldOut(Numbers(5), 'val')
    with pytest.raises(ConfigError, match='share.* 1;'):
        HoldOut(Numbers(5), 'train', share=1)
    with pytest.raises(DataError, match='Numbers.*1 samples'):
        HoldOut(Numbers(1), 'train')


class Keys(Numbers):
    def __getitem__(self, key):
        return key


def test_keys_with_seeds_reach_a_dataset_that_takes_them():
    part = HoldOut(Keys(50), 'held_out')
    assert [part[index, 7] for index in range(5)] == [(part.indices[index], 7) for index in range(5)]
    assert part.__getitems__([(0, 3), (1, 4)]) == [(part.indices[0], 3), (part.indices[1], 4)]
