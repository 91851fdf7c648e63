"""A process group of one; two real processes are in tests/test_tools/test_train.py."""

import copy

import pytest
import torch
from mmengine.optim import OptimWrapper

from singer_mm.models.wrappers import DistillerDDP


@pytest.fixture
def batches():
    return [dict(inputs=list(torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8))) for _ in range(6)]


def optim_wrapper(model, accumulative_counts):
    parameters = [value for value in model.parameters() if value.requires_grad]
    return OptimWrapper(torch.optim.SGD(parameters, lr=0.1), accumulative_counts=accumulative_counts)


def test_ddp_never_sees_the_teacher(singer, process_group):
    wrapped = DistillerDDP(singer, device_ids=[0])
    assert not any('teacher' in name for name, _ in wrapped.named_parameters())
    assert not any('teacher' in name for name in wrapped.state_dict())
    teacher = {value.data_ptr() for value in singer.teacher.parameters()}
    assert not teacher & {value.data_ptr() for value in wrapped.parameters()}


@pytest.mark.parametrize('accumulative_counts', [1, 3])
def test_steps_are_those_of_the_bare_distiller(singer, process_group, batches, accumulative_counts):
    bare = copy.deepcopy(singer)
    wrapped = DistillerDDP(singer, device_ids=[0])
    for model in (bare, wrapped):
        optimizer = optim_wrapper(model, accumulative_counts)
        optimizer.initialize_count_status(model, 0, len(batches))
        for batch in batches:
            model.train_step(batch, optimizer)
    for name, value in bare.state_dict().items():
        torch.testing.assert_close(wrapped.module.state_dict()[name], value, rtol=0, atol=1e-6)
