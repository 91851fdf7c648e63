from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from singer_mm.engine.hooks import FiniteLossHook
from singer_mm.errors import NonFiniteLossError
from singer_mm.registry import RUNNERS

NAN = torch.tensor(float('nan'))
BATCH = dict(data_samples=[SimpleNamespace(img_path='a.png'), SimpleNamespace()])


def check(iteration, **losses):
    runner = SimpleNamespace(train_loop=SimpleNamespace(), iter=iteration)
    FiniteLossHook().after_train_iter(runner, 0, BATCH, losses)


def test_finite_losses_pass():
    check(4, loss=torch.tensor(1.0, requires_grad=True), acc=3)
    FiniteLossHook().after_train_iter(SimpleNamespace(), 0, BATCH)


@pytest.mark.parametrize('value', [NAN, -torch.inf])
def test_names_the_loss_the_iteration_and_the_images(value):
    with pytest.raises(NonFiniteLossError, match=rf'loss_kd = {float(value)} .*iteration 5\b.*a\.png') as raised:
        check(4, loss=torch.tensor(1.0), loss_kd=value)
    assert 'learning rate' in str(raised.value)
    assert 'loss = ' not in str(raised.value)


@pytest.mark.slow
def test_alone_it_stops_a_run_before_a_checkpoint(run_cfg, request):
    cfg = Config(dict(run_cfg, custom_hooks=[dict(type='FiniteLossHook')], experiment_name=request.node.name))
    runner = RUNNERS.build(cfg)
    with torch.no_grad():
        runner.model.projectors['3'].proj.bias.fill_(float('nan'))
    with pytest.raises(NonFiniteLossError, match=r'loss_kd = nan.*iteration 1\b.*\.png') as raised:
        runner.train()
    assert 'learning rate' not in str(raised.value)  # no step had been taken
    assert not list(Path(runner.work_dir).glob('*.pth'))
