import math

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.optim.scheduler import CosineAnnealingLR

from singer_mm.errors import ConfigError
from singer_mm.registry import PARAM_SCHEDULERS

LENGTH, EPOCHS = 50, 20


def build(optimizer=None, **changes):
    optimizer = optimizer or torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    wrapper = OptimWrapper(optimizer)
    cfg = dict(type='StaircaseCosineLR', ranks=4, warmup_epochs=5, convert_to_iter_based=True, begin=0, end=EPOCHS)
    cfg.update(changes)
    return PARAM_SCHEDULERS.build(cfg, default_args=dict(optimizer=wrapper, epoch_length=LENGTH))


def rates(scheduler, number=EPOCHS * LENGTH):
    """The rate of each iteration, as the Runner would have it."""
    group, seen = scheduler.optimizer.param_groups[0], []
    for _ in range(number):
        seen.append(group['lr'])
        scheduler.optimizer.step()
        scheduler.step()
    return seen


def test_four_ranks_end_the_first_epoch_at_a_twentieth_of_the_rate():
    seen = rates(build())
    assert seen[0] == pytest.approx(0.2 / (5 * 4 * LENGTH))
    assert seen[LENGTH - 1] == pytest.approx(0.05 * 0.2)  # a plain warm-up of five epochs has 0.2 of it there
    for epoch in range(1, 5):  # each begins where a plain warm-up does
        assert seen[epoch * LENGTH] == pytest.approx(0.2 * epoch / 5, rel=1e-2)
        assert seen[(epoch + 1) * LENGTH - 1] == pytest.approx(0.2 * (epoch / 5 + 0.05))
    assert seen[5 * LENGTH] == pytest.approx(0.2)


def test_the_cosine_is_a_staircase_too():
    """Against the formula of the released code, with its own names for what it counts."""
    seen = rates(build())
    counted = 4 * LENGTH
    for epoch in range(6, EPOCHS + 1):
        for index in (0, 1, LENGTH // 2, LENGTH - 1):
            share = ((epoch - 1) * counted + index - 5 * counted) / (counted * (EPOCHS - 5))
            expected = 0.5 * (math.cos(math.pi * share) + 1) * (0.2 - 0.2e-4) + 0.2e-4
            assert seen[(epoch - 1) * LENGTH + index] == pytest.approx(expected)


def test_one_rank_is_the_plain_schedule():
    seen = rates(build(ranks=1))
    assert seen[: 5 * LENGTH] == pytest.approx([0.2 * (step + 1) / (5 * LENGTH) for step in range(5 * LENGTH)])
    plain = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    length = (EPOCHS - 5) * LENGTH
    cosine = CosineAnnealingLR(OptimWrapper(plain), T_max=length, eta_min_ratio=1e-4, by_epoch=False, end=length)
    assert seen[5 * LENGTH :] == pytest.approx(rates(cosine, length), rel=1e-6)


def test_groups_keep_their_ratio_and_the_state_comes_back():
    groups = [dict(params=[torch.nn.Parameter(torch.zeros(1))], lr=rate) for rate in (0.2, 0.1)]
    scheduler = build(torch.optim.SGD(groups, lr=0.2))
    rates(scheduler, 317)
    one, other, *_ = (group['lr'] for group in scheduler.optimizer.param_groups)
    assert one == pytest.approx(2 * other)
    again = build()
    again.load_state_dict(scheduler.state_dict())
    again.step()
    scheduler.step()
    assert again.optimizer.param_groups[0]['lr'] == scheduler.optimizer.param_groups[0]['lr']


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(ranks=0), 'ranks .*0'),
        (dict(warmup_epochs=EPOCHS), f'warmup_epochs .*{EPOCHS}.*{EPOCHS} epochs'),
        (dict(convert_to_iter_based=False), 'convert_to_iter_based=True'),
        (dict(by_epoch=False), 'convert'),
    ],
)
def test_refuses_what_cannot_be_a_schedule(changes, message):
    with pytest.raises((ConfigError, AssertionError), match=message):
        build(**changes)
