"""Several micro-batches that make one step."""

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from singer_mm.engine.loops.micro_batch_update import MicroBatchUpdate, mean_of, split_batch


@pytest.fixture
def batch():
    return dict(inputs=torch.arange(12).view(6, 2), data_samples=[f'sample {index}' for index in range(6)])


def test_parts_are_consecutive_and_equal(batch):
    first, second, third = split_batch(batch, 3)
    assert first['inputs'].tolist() == [[0, 1], [2, 3]]
    assert second['data_samples'] == ['sample 2', 'sample 3']
    assert torch.equal(torch.cat([first['inputs'], second['inputs'], third['inputs']]), batch['inputs'])


def test_one_part_is_the_batch_itself(batch):
    assert split_batch(batch, 1)[0] is batch


def test_lists_of_images_of_unequal_size_are_cut_as_well():
    images = [torch.zeros(3, size, 4) for size in (2, 3, 4, 5)]
    parts = split_batch(dict(inputs=images, more=dict(labels=torch.arange(4))), 2)
    assert [image.shape[1] for image in parts[1]['inputs']] == [4, 5]
    assert parts[1]['more']['labels'].tolist() == [2, 3]


def test_logs_are_averaged():
    logs = [
        dict(loss=torch.tensor(1.0), acc=torch.tensor([10.0])),
        dict(loss=torch.tensor(3.0), acc=torch.tensor([30.0])),
    ]
    mean = mean_of(logs)
    assert mean['loss'].item() == 2
    assert mean['acc'].tolist() == [20.0]


def test_the_gradient_is_that_of_the_whole_batch_and_the_optimizer_steps_once():
    inputs = torch.randn(6, 3)
    whole, cut = nn.Linear(3, 1), nn.Linear(3, 1)
    cut.load_state_dict(whole.state_dict())
    wrappers = [OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)) for model in (whole, cut)]
    for _ in range(3):
        with wrappers[0].optim_context(whole):
            loss = whole(inputs).square().mean()
        wrappers[0].update_params(loss)
        for index, part in enumerate(inputs.split(2)):
            update = MicroBatchUpdate(wrappers[1], 3, is_last=index == 2)
            with update.optim_context(cut):
                loss = cut(part).square().mean()
            update.update_params(loss)
    torch.testing.assert_close(cut.weight, whole.weight)
    torch.testing.assert_close(cut.bias, whole.bias)


def test_processes_exchange_gradients_with_the_last_part_only():
    class Model(nn.Linear):
        entered = 0

        def no_sync(self):
            Model.entered += 1
            return torch.no_grad()  # any context will do

    model = Model(1, 1)
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1))
    for is_last, expected in ((False, 1), (False, 2), (True, 2)):
        with MicroBatchUpdate(wrapper, 3, is_last).optim_context(model):
            pass
        assert Model.entered == expected
