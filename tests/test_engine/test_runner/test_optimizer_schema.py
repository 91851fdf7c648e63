"""An optimizer's state is compared with the run's before it is loaded."""

import copy

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict

from singer_mm.engine.runner.optimizer_schema import check_optimizer
from singer_mm.errors import CheckpointError


def stepped(kind=torch.optim.AdamW, **arguments):
    parameters = [
        torch.nn.Parameter(torch.ones(2, 3)),
        torch.nn.Parameter(torch.ones(3)),
        torch.nn.Parameter(torch.ones(1)),
    ]
    wrapper = OptimWrapper(kind([dict(params=parameters[:1]), dict(params=parameters[1:])], lr=0.1, **arguments))
    for parameter in parameters[:2]:  # the third one never gets a gradient
        parameter.grad = torch.ones_like(parameter)
    wrapper.optimizer.step()
    return wrapper


@pytest.mark.parametrize(
    ('kind', 'arguments'),
    [
        (torch.optim.AdamW, {}),
        (torch.optim.AdamW, dict(amsgrad=True)),
        (torch.optim.SGD, {}),
        (torch.optim.SGD, dict(momentum=0.9)),
        (torch.optim.Adagrad, {}),
        (torch.optim.Adafactor, {}),
    ],
)
def test_a_state_fits_its_own_optimizer(kind, arguments):
    wrapper = stepped(kind, **arguments)
    check_optimizer('x.pth', wrapper.state_dict(), wrapper)
    both = OptimWrapperDict(one=wrapper, other=stepped())
    check_optimizer('x.pth', both.state_dict(), both)


def test_another_rate_and_flags_of_another_version_of_torch_pass():
    wrapper = stepped()
    saved = wrapper.state_dict()
    for group in saved['param_groups']:
        group['lr'] = 1e-3
        del group['decoupled_weight_decay'], group['foreach']
    check_optimizer('x.pth', saved, wrapper)


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (lambda s: s['state'].clear(), r'optimizer\.state\b'),
        (lambda s: s['state'].update({9: {}}), r'optimizer\.state\.9\b'),
        (lambda s: s['state'].update({0: 'x'}), r"optimizer\.state\.0 is 'x'"),
        (lambda s: s['state'][0].pop('exp_avg'), r'optimizer\.state\.0\.exp_avg is None.*\(2, 3\)'),
        (
            lambda s: s['state'][1].update(exp_avg_sq=torch.ones(2)),
            r'optimizer\.state\.1\.exp_avg_sq\b.*\(2,\)',
        ),
        (lambda s: s['state'][1].update(step='x'), r"optimizer\.state\.1\.step is 'x'"),
        (lambda s: s['param_groups'].pop(), r'optimizer\.param_groups\b.*\[1\].*\[1, 2\]'),
        (lambda s: s['param_groups'][1].pop('betas'), r'optimizer\.param_groups\.1\.betas\b'),
        (lambda s: s['param_groups'][0].update(lr=float('nan')), r'optimizer\.param_groups\.0\.lr is nan'),
        (lambda s: s.pop('state'), r'optimizer\.state is None'),
    ],
)
def test_what_no_step_could_follow_is_named(edit, message):
    wrapper = stepped()
    saved = copy.deepcopy(wrapper.state_dict())
    edit(saved)
    with pytest.raises(CheckpointError, match=rf'x\.pth.*{message}'):
        check_optimizer('x.pth', saved, wrapper)


def test_the_optimizer_that_is_missing_is_named():
    both = OptimWrapperDict(one=stepped(), other=stepped())
    saved = both.state_dict()
    del saved['other']
    with pytest.raises(CheckpointError, match=r'optimizer\.other\b'):
        check_optimizer('x.pth', saved, both)
