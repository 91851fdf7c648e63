"""An image's numbers and a batch's means do not depend on how the batch is shared out."""

import pytest
import torch

from singer_mm.utils.micro_batch import MicroBatch, learning, mean_count, rand_per_image

CPU = torch.device('cpu')


def draw(positions, seed=3, total=8):
    with learning(MicroBatch(seed, total, positions, [None])):
        return rand_per_image(len(positions), 5, CPU)


def test_an_image_gets_the_same_numbers_in_any_share():
    whole = draw(range(8))
    assert torch.equal(draw([1, 3, 5, 7]), whole[1::2])
    assert torch.equal(draw([2]), whole[2:3])
    assert not torch.equal(draw(range(8), seed=4), whole)
    assert whole.unique().numel() == whole.numel()


def test_outside_of_training_the_global_generator_draws():
    torch.manual_seed(0)
    first, second = rand_per_image(2, 5, CPU), rand_per_image(2, 5, CPU)
    torch.manual_seed(0)
    assert torch.equal(rand_per_image(2, 5, CPU), first)
    assert not torch.equal(first, second)


def count(samples):
    return torch.tensor(samples).sum()


def test_a_count_is_averaged_over_micro_batches():
    parts = [dict(data_samples=[1, 2]), dict(data_samples=[4, 5])]
    with learning(MicroBatch(0, 4, [0, 1], parts)):
        assert mean_count(count, [1, 2]).item() == pytest.approx(6)
    assert mean_count(count, [1, 2]).item() == 3


def test_a_failure_leaves_no_place_behind():
    with pytest.raises(KeyError), learning(MicroBatch(0, 4, [0], [])):
        raise KeyError
    torch.manual_seed(0)
    expected = torch.rand(1, 2)
    torch.manual_seed(0)
    assert torch.equal(rand_per_image(1, 2, CPU), expected)
